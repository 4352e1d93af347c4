package io.diskformat.crypto;

import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A storage that decrypts what it reads from another one, and encrypts what it writes there, in
 * sectors of 512 bytes. Nothing of it is mapped. A part of a sector is written by writing all of
 * it, so two threads must not write the same sector at once. Each sector is written whole and by a
 * system call, so that a process that is killed leaves no sector that is partly the old one: such a
 * sector would decrypt to neither.
 *
 * <p>Space that is {@linkplain #reserve reserved} reads as the decryption of zeroes, which is as
 * good as random; there are no holes.
 */
public final class EncryptedStorage extends Storage {
  private static final int SECTOR = SectorCipher.SECTOR;

  private final Storage storage;
  private final boolean owned;
  private final long base;
  private final CipherPool ciphers;

  private EncryptedStorage(Storage storage, boolean owned, long base, CipherSpec spec, byte[] key) {
    this.storage = storage;
    this.owned = owned;
    this.base = base;
    this.ciphers = new CipherPool(storage.name(), spec, key);
  }

  /**
   * Returns a storage that owns the one with the encrypted bytes.
   *
   * @param base the position there of the first sector, in bytes
   * @param spec how the sectors are encrypted
   * @param key is copied; the copy is wiped when the new storage is closed
   */
  public static EncryptedStorage owning(Storage storage, long base, CipherSpec spec, byte[] key) {
    return new EncryptedStorage(storage, true, base, spec, key);
  }

  /**
   * Returns a storage over one that has other bytes as well, and that stays open when the new one
   * is closed. Positions are the same in both.
   *
   * @param spec how the sectors are encrypted
   * @param key is copied; the copy is wiped when the new storage is closed
   */
  public static EncryptedStorage over(Storage storage, CipherSpec spec, byte[] key) {
    return new EncryptedStorage(storage, false, 0, spec, key);
  }

  @Override
  public String name() {
    return storage.name();
  }

  @Override
  public Optional<Path> path() {
    return storage.path();
  }

  @Override
  public boolean isWritable() {
    return storage.isWritable();
  }

  @Override
  public long positionInFile(long position) {
    return base + position;
  }

  @Override
  public boolean isTransformed() {
    return true;
  }

  /** Returns the size, in bytes; a last sector that is incomplete counts as one. */
  @Override
  public long size() throws IOException {
    return Math.max(0, roundUp(storage.size() - base));
  }

  @Override
  public boolean hasFixedSize() {
    return storage.hasFixedSize();
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    return storage.allocatedSize();
  }

  private static long roundUp(long bytes) {
    return bytes + SECTOR - 1 & -SECTOR;
  }

  // Reading

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    long length = target.byteSize();
    long end = checkRange(position, length);
    if (length == 0) {
      return;
    }
    CipherPool.Work work = ciphers.take();
    try {
      for (long at = position; at < end; ) {
        long start = at & -SECTOR;
        int count = (int) Math.min(CipherPool.BUFFER, roundUp(end - start));
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

  /** Reads sectors to the work's buffer, and decrypts them there. */
  private void readSectors(CipherPool.Work work, long start, int count) throws IOException {
    MemorySegment encrypted = MemorySegment.ofArray(work.buffer()).asSlice(0, count);
    try {
      storage.read(base + start, encrypted);
    } catch (EOFException e) {
      readToEnd(start, encrypted);
    }
    work.cipher().decrypt(start / SECTOR, work.buffer(), 0, count);
  }

  /** As in QEMU, what the file lacks of its last sector is encrypted zeroes. */
  private void readToEnd(long start, MemorySegment encrypted) throws IOException {
    if (start + encrypted.byteSize() > size()) {
      throw beyondEnd(start, encrypted.byteSize());
    }
    long held = Math.max(0, storage.size() - base - start);
    storage.read(base + start, encrypted.asSlice(0, held));
    encrypted.asSlice(held).fill((byte) 0);
  }

  // Writing

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    write(position, source, 0, source.byteSize());
  }

  @Override
  public void overwrite(long position, MemorySegment source, long from, long length)
      throws IOException {
    write(position, source, from, length);
  }

  /**
   * Writes a part of a segment.
   *
   * @param source null for zeroes
   */
  private void write(long position, @Nullable MemorySegment source, long from, long length)
      throws IOException {
    long end = checkRange(position, length);
    if (!isWritable()) {
      throw new UnsupportedOperationException(name() + ": not opened for writing");
    }
    if (length == 0) {
      return;
    }
    CipherPool.Work work = ciphers.take();
    try {
      for (long at = position; at < end; ) {
        long start = at & -SECTOR;
        int count =
            (int)
                Math.min(CipherPool.BUFFER - (start & CipherPool.BUFFER - 1), roundUp(end - start));
        int skip = (int) (at - start);
        int given = (int) Math.min(count - skip, end - at);
        keepRest(work, start, count, skip, given);
        if (source == null) {
          Arrays.fill(work.buffer(), skip, skip + given, (byte) 0);
        } else {
          MemorySegment.copy(
              source, ValueLayout.JAVA_BYTE, from + at - position, work.buffer(), skip, given);
        }
        work.cipher().encrypt(start / SECTOR, work.buffer(), 0, count);
        storage.write(base + start, MemorySegment.ofArray(work.buffer()).asSlice(0, count));
        at += given;
      }
    } finally {
      ciphers.giveBack(work);
    }
  }

  /** Reads the bytes that a write leaves as they are in the first and the last of its sectors. */
  private void keepRest(CipherPool.Work work, long start, int count, int skip, int given)
      throws IOException {
    int last = count - SECTOR;
    if (skip + given < count && (skip == 0 || last > 0)) {
      readOld(work, start + last);
      System.arraycopy(work.buffer(), 0, work.buffer(), last, SECTOR);
    }
    if (skip > 0) {
      readOld(work, start);
    }
  }

  /** Reads a sector to the start of the work's buffer; zeroes if there is none yet. */
  private void readOld(CipherPool.Work work, long start) throws IOException {
    if (start < size()) {
      readSectors(work, start, SECTOR);
    } else {
      Arrays.fill(work.buffer(), 0, SECTOR, (byte) 0);
    }
  }

  /** Writes encrypted zeroes, as no call of the host makes a range read as these. */
  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    long end = Math.min(checkRange(position, length), size());
    if (position < end) {
      write(position, null, 0, end - position);
    }
  }

  @Override
  public void reserve(long position, long length) throws IOException {
    long _ = checkRange(position, length);
    storage.reserve(base + position, length);
  }

  /** Writes zeroes at the end, or cuts it off. */
  @Override
  public void resize(long size) throws IOException {
    long _ = checkRange(0, size);
    long old = size();
    if (size <= old) {
      storage.resize(base + size);
      return;
    }
    boolean grown = false;
    try {
      write(old, null, 0, size - old);
      grown = true;
    } finally {
      if (!grown) {
        storage.resize(base + old);
      }
    }
  }

  @Override
  public void flush() throws IOException {
    storage.flush();
  }

  @Override
  public void flush(Enum<?> after) throws IOException {
    storage.flush(after);
  }

  // Advice

  @Override
  public void willRead(long position, long length) {
    storage.willRead(base + position, length);
  }

  @Override
  public void willReadInBulk(long position, long length) {
    storage.willReadInBulk(base + position, length);
  }

  @Override
  protected void release() throws IOException {
    ciphers.close();
    if (owned) {
      storage.close();
    }
  }
}
