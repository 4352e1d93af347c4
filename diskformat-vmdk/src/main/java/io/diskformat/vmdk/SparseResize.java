package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.BeyondEnd;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a sparse extent larger or smaller, in steps each of which leaves an extent that is whole.
 * New tables are added at the end of the file, and so are directories that outgrow their room; one
 * write of a sector of the header then says where these are. Nothing of it shows before the
 * descriptor says how long the extent is.
 */
final class SparseResize {
  private static final int SECTOR = 1 << ExtentLine.SECTOR_BITS;

  private final Storage storage;
  private final ExtentFields fields;
  private final GrainMap map;
  private final GrainTables tables;
  private final GrainAllocator allocator;
  private final SparseWriter writer;

  /** Creates the resize of an extent, given its writer. */
  SparseResize(SparseWriter writer) {
    this.storage = writer.storage();
    this.fields = writer.fields();
    this.map = writer.map();
    this.tables = writer.tables();
    this.allocator = writer.allocator();
    this.writer = writer;
  }

  private long tablesFor(long size) throws UnsupportedFeatureException {
    long count = Math.ceilDiv(Math.ceilDiv(size, map.unit()), map.tableEntries());
    if (count > SparseHeader.MOST_TABLES
        || size >>> ExtentLine.SECTOR_BITS > fields.mostSectors()) {
      throw new UnsupportedFeatureException(
          storage.name(), "a VMDK extent of " + size + " bytes of the disk");
    }
    return count;
  }

  /**
   * Makes the extent larger; what is added reads as zeroes.
   *
   * @param oldSize how long the extent is as a part of the disk, in bytes
   * @param below what would show where the larger extent stores nothing, or null
   */
  void grow(long oldSize, long newSize, @Nullable BlockDevice below) throws IOException {
    boolean grown = false;
    try {
      growTo(oldSize, newSize, below);
      grown = true;
    } finally {
      if (!grown) {
        writer.keepMark();
      }
    }
  }

  private void growTo(long oldSize, long newSize, @Nullable BlockDevice below) throws IOException {
    long count = tablesFor(newSize);
    writer.beforeChange();
    writer.flush();
    long shown = tables.count() * map.tableEntries() * map.unit();
    if (count > tables.count()) {
      addTables(count);
    }
    new BeyondEnd(
            storage.name(),
            map,
            writer,
            storage,
            oldSize,
            newSize,
            below != null && below.size() > oldSize ? newSize : shown,
            below)
        .makeZero(ProgressListener.NONE);
    writer.flush();
    fields.capacity(newSize >>> ExtentLine.SECTOR_BITS);
    writer.barrier(WriteStep.CAPACITY);
    if (count < tables.count()) {
      // An earlier attempt to make it larger failed.
      writer.tablesCut(count);
    }
  }

  private void addTables(long count) throws IOException {
    List<GrainTables.Directory> directories = tables.directories();
    long[] positions = new long[directories.size()];
    for (int i = positions.length - 1; i >= 0; i--) {
      positions[i] = addTables(directories.get(i), count);
    }
    writer.barrier(WriteStep.LONGER_DIRECTORIES);
    // The next flush makes that durable before anything is stored by the new directories.
    fields.directories(positions, count);
    writer.directoriesMoved(positions, count);
  }

  /** Writes a directory of more entries; returns its position. */
  private long addTables(GrainTables.Directory directory, long count) throws IOException {
    long old = tables.count();
    long bytes = count << GrainMap.ENTRY_BITS;
    boolean inPlace = bytes <= Math.ceilDiv(old << GrainMap.ENTRY_BITS, SECTOR) * SECTOR;
    long position = inPlace ? directory.position() : allocator.allocateTable(wholeSectors(bytes));
    long tableBytes = wholeSectors(tables.tableSize());
    long first = fields.hasAllTables() ? allocator.allocateTable((count - old) * tableBytes) : 0;
    DirectoryImage image = new DirectoryImage();
    if (!inPlace) {
      for (long table = 0; table < old; table++) {
        image.put(position, table, directory.table(table));
      }
    }
    for (long table = old; table < count; table++) {
      image.put(position, table, first == 0 ? 0 : first + (table - old) * tableBytes);
    }
    image.write();
    return position;
  }

  private static long wholeSectors(long bytes) {
    return Math.ceilDiv(bytes, SECTOR) * SECTOR;
  }

  /** Entries of a directory on their way to the file, a piece of adjacent ones at a time. */
  private final class DirectoryImage {
    private final byte[] bytes = new byte[1 << 16];
    private long start = -1;
    private int length;

    void put(long directory, long table, long position) throws IOException {
      if (length == bytes.length) {
        write();
      }
      if (length == 0) {
        start = directory + (table << GrainMap.ENTRY_BITS);
      }
      int sector = (int) (position >>> ExtentLine.SECTOR_BITS);
      for (int i = 0; i < Integer.BYTES; i++) {
        bytes[length++] = (byte) (sector >>> (Byte.SIZE * i));
      }
    }

    void write() throws IOException {
      storage.write(start, MemorySegment.ofArray(Arrays.copyOf(bytes, length)));
      length = 0;
    }
  }

  /**
   * Makes the extent smaller, once nobody can see any longer what it loses. The mark of a writer
   * comes before the descriptor says so: by it, the next writer knows that this may be cut off.
   *
   * @param recording makes the descriptor say how long the extent is as a part of the disk
   */
  void shrink(long newSize, IoAction recording) throws IOException {
    writer.beforeChange();
    recording.run();
    long end = tables.count() * map.tableEntries();
    for (long grain = Math.ceilDiv(newSize, map.unit()); grain < end; grain++) {
      writer.forget(grain, GrainMap.NONE);
      writer.flushIfWanted();
    }
    writer.flush();
    fields.capacity(newSize >>> ExtentLine.SECTOR_BITS);
    writer.barrier(WriteStep.CAPACITY);
    writer.tablesCut(tablesFor(newSize));
    allocator.trim();
  }
}
