package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * Which of the two grain directories of a hosted sparse extent is read: the first, unless it is
 * damaged and the redundant one is not. Both, and the tables that they name, should be the same, so
 * what one of them lacks is damage. A directory is a few KiB, so all of it is looked at.
 */
final class GrainDirectories {
  private static final int PIECE = 1 << 16;

  private final Storage storage;
  private final SparseHeader header;
  private final long fileSize;

  GrainDirectories(Storage storage, SparseHeader header) throws IOException {
    this.storage = storage;
    this.header = header;
    this.fileSize = storage.size();
  }

  /**
   * The state of a directory, by which one of two is chosen.
   *
   * @param position where it begins in the file, in bytes
   * @param inFile whether it and all tables that it names are within the file
   * @param tables how many tables it names
   */
  record State(long position, boolean inFile, long tables) {}

  /** Returns where the directory begins that is to be read, or empty if there is none. */
  OptionalLong choose() throws IOException {
    State first = first();
    if (header.hasRedundant() && header.redundantDirectory() > 0) {
      State other = state(header.redundantDirectory());
      if (other.inFile() && (!first.inFile() || other.tables() > first.tables())) {
        return OptionalLong.of(other.position());
      }
    }
    return isInFile(first.position()) ? OptionalLong.of(first.position()) : OptionalLong.empty();
  }

  /** Returns the state of the first directory. */
  State first() throws IOException {
    return state(header.directory());
  }

  private State state(long sector) throws IOException {
    long position = sector << ExtentLine.SECTOR_BITS;
    if (sector <= 0 || !isInFile(position)) {
      return new State(0, header.tables() == 0, 0);
    }
    long lastTable = fileSize - (header.tableEntries() << GrainMap.ENTRY_BITS);
    long tables = 0;
    boolean inFile = true;
    long end = end(position);
    for (long at = position; at < end; at += PIECE) {
      int length = (int) Math.min(PIECE, end - at);
      ByteBuffer entries = storage.read(at, length).order(ByteOrder.LITTLE_ENDIAN);
      while (entries.hasRemaining()) {
        long table = Integer.toUnsignedLong(entries.getInt());
        inFile &= table << ExtentLine.SECTOR_BITS <= lastTable || table == 0;
        tables += table == 0 ? 0 : 1;
      }
    }
    return new State(position, inFile, tables);
  }

  private boolean isInFile(long position) {
    return header.tables() == 0 || (position > 0 && end(position) <= fileSize);
  }

  private long end(long position) {
    return position + (header.tables() << GrainMap.ENTRY_BITS);
  }
}
