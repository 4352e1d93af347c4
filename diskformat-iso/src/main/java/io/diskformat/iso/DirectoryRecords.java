package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The records of a directory, one after the other. None crosses from one sector to the next: a
 * length of 0 means that the rest of the sector is empty. Only a few sectors are read ahead,
 * whatever length the directory claims.
 */
final class DirectoryRecords {
  private static final int CHUNK = 16 * Disc.SECTOR;

  private final DeviceBytes disc;
  private final long end;
  private long at;

  /** The bytes that were read, and their position. */
  private ByteBuffer chunk = ByteBuffer.allocate(0);

  private long chunkStart;

  /**
   * Begins at the first record.
   *
   * @throws CorruptImageException if the directory is not all on the disc
   */
  DirectoryRecords(DeviceBytes disc, long position, long size) throws CorruptImageException {
    disc.check(position, size, "directory");
    this.disc = disc;
    this.at = position;
    this.end = position + size;
    this.chunkStart = position;
  }

  /**
   * Returns the next record, or null after the last.
   *
   * @throws CorruptImageException if it makes no sense
   */
  @Nullable DirectoryRecord next() throws IOException {
    while (at < end) {
      if (at >= chunkStart + chunk.capacity()) {
        chunkStart = at;
        long wholeSectors = CHUNK - at % Disc.SECTOR;
        chunk = disc.read(at, (int) Math.min(wholeSectors, end - at), "directory");
      }
      int inChunk = (int) (at - chunkStart);
      long nextSector = (at / Disc.SECTOR + 1) * Disc.SECTOR;
      int length = Byte.toUnsignedInt(chunk.get(inChunk));
      if (length != 0) {
        chunk.limit((int) Math.min(chunk.capacity(), nextSector - chunkStart));
        DirectoryRecord record = DirectoryRecord.read(disc, chunk, inChunk, at);
        chunk.clear();
        at += length;
        return record;
      }
      at = nextSector;
    }
    return null;
  }
}
