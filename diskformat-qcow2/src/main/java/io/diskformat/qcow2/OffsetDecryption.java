package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.crypto.CipherPool;
import io.diskformat.crypto.SectorCipher;
import io.diskformat.layer.Location;
import io.diskformat.storage.ReadOnlyStorage;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The decrypted bytes of a disk whose sectors are encrypted by their number on the disk. A position
 * here is an offset of the disk, which this looks up in the map when it reads. Not writable.
 */
final class OffsetDecryption extends ReadOnlyStorage {
  private static final int SECTOR = SectorCipher.SECTOR;

  private final ClusterMap map;
  private final Storage data;
  private final CipherPool ciphers;

  OffsetDecryption(ClusterMap map, Storage data, CipherPool ciphers) {
    this.map = map;
    this.data = data;
    this.ciphers = ciphers;
  }

  @Override
  public String name() {
    return data.name();
  }

  @Override
  public boolean isTransformed() {
    return true;
  }

  /** Returns more than the offset of any byte of a disk. */
  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    long end = checkRange(position, target.byteSize());
    CipherPool.Work work = ciphers.take();
    try {
      for (long at = position; at < end; ) {
        long start = at & -SECTOR;
        long unitEnd = (start & -map.unit()) + map.unit();
        long stop = Math.min(end + SECTOR - 1 & -SECTOR, unitEnd);
        int count = (int) Math.min(CipherPool.BUFFER, stop - start);
        readSectors(work, start, count);
        int skip = (int) (at - start);
        int wanted = (int) Math.min(count - skip, end - at);
        MemorySegment.copy(
            work.buffer(), skip, target, ValueLayout.JAVA_BYTE, at - position, wanted);
        at += wanted;
      }
    } finally {
      ciphers.giveBack(work);
    }
  }

  private void readSectors(CipherPool.Work work, long offset, int count) throws IOException {
    long place = Location.position(map.locate(offset));
    try {
      data.read(place, MemorySegment.ofArray(work.buffer()).asSlice(0, count));
    } catch (EOFException e) {
      throw new CorruptImageException(
          name(), "data", place, "the file ends before it: was it cut short?", e);
    }
    work.cipher().decrypt(offset / SECTOR, work.buffer(), 0, count);
  }

  @Override
  protected void release() {}
}
