package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.Word;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A hosted sparse extent as a disk, or one of ESX that is like it. */
final class SparseExtent extends LayeredDevice {
  private final @Nullable GrainStreams streams;
  private final @Nullable SparseWriter writer;

  private SparseExtent(
      Storage storage,
      long size,
      GuestMap map,
      @Nullable GrainStreams streams,
      @Nullable BlockDevice below,
      @Nullable SparseWriter writer) {
    super(storage.name(), size, map, storage, below, writer);
    this.streams = streams;
    this.writer = writer;
  }

  /**
   * Returns an extent of plain grains, whose storage stays open when it is closed.
   *
   * @param size of its disk, in bytes
   * @param below read where the extent stores nothing; null for zeroes
   * @param writer says where it may be written; null if it is only read
   */
  static SparseExtent of(
      Storage storage,
      long size,
      GrainMap map,
      @Nullable BlockDevice below,
      @Nullable SparseWriter writer) {
    return new SparseExtent(storage, size, map, null, below, writer);
  }

  /**
   * Opens an extent, whose storage stays open when it is closed.
   *
   * @param header which it begins with
   * @param below read where the extent stores nothing; null for zeroes
   */
  static SparseExtent open(Storage storage, SparseHeader header, @Nullable BlockDevice below)
      throws IOException {
    Optional<SparseHeader> placed =
        header.directory() == SparseHeader.AT_END
            ? StreamFooter.find(storage, header)
            : Optional.of(header);
    GrainStreams streams = header.isCompressed() ? new GrainStreams(storage, header) : null;
    GuestMap map =
        streams != null && header.hasMarkers() && !hasTables(storage, placed)
            ? new ScannedMap(header, StreamScan.grains(storage, header), streams)
            : map(storage, placed.orElse(header), streams);
    return new SparseExtent(storage, header.size(), map, streams, below, null);
  }

  /**
   * Opens an extent for writing, whose storage stays open when it is closed.
   *
   * @param header which it begins with
   * @param described whether there is a descriptor inside
   * @param below read where the extent stores nothing; null for zeroes
   * @throws UnsupportedFeatureException if it cannot be written in place
   */
  static SparseExtent openWritable(
      Storage storage, SparseHeader header, boolean described, @Nullable BlockDevice below)
      throws IOException {
    header.requireWritable(storage);
    GrainDirectories.State directory = new GrainDirectories(storage, header).first();
    if (!directory.inFile()) {
      throw new CorruptImageException(
          storage.name(),
          "grain directory",
          directory.position(),
          "or a table that it names is not within the file, so that it must be repaired first");
    }
    MetadataPages pages = new MetadataPages(storage, Word.LITTLE_ENDIAN_32, SparseHeader.LENGTH);
    GrainMap map = GrainMap.writable(storage, layout(header, directory.position()), pages);
    long redundant =
        header.hasRedundant() ? header.redundantDirectory() << ExtentLine.SECTOR_BITS : 0;
    GrainTables tables = new GrainTables(storage, map, pages, header.tables(), redundant);
    HostedFields fields = new HostedFields(storage, header, described);
    SparseWriter writer = new SparseWriter(storage, fields, map, tables, below != null);
    return of(storage, header.size(), map, below, writer);
  }

  /** A stream without any table may hold grains all the same. */
  private static boolean hasTables(Storage storage, Optional<SparseHeader> placed)
      throws IOException {
    if (placed.isEmpty()) {
      return false;
    }
    GrainDirectories.State directory = new GrainDirectories(storage, placed.get()).first();
    return directory.inFile() && directory.tables() > 0;
  }

  private static GrainMap map(Storage storage, SparseHeader header, @Nullable GrainStreams streams)
      throws IOException {
    OptionalLong directory = new GrainDirectories(storage, header).choose();
    if (directory.isEmpty()) {
      throw new CorruptImageException(
          storage.name(),
          "grain directory",
          -1,
          "is not within the file, which has " + storage.size() + " bytes: was it cut short?");
    }
    return new GrainMap(storage, layout(header, directory.getAsLong()), streams);
  }

  private static GrainMap.Layout layout(SparseHeader header, long directory) {
    return new GrainMap.Layout(
        directory, header.grainBits(), header.tableBits(), header.hasZeroedGrains());
  }

  /** Returns whether it is open for writing, and who wrote it before did not close it. */
  boolean wasCutOff() {
    return writer != null && writer.wasCutOff();
  }

  /**
   * Makes the extent larger.
   *
   * @param oldSize how long it is as a part of the disk, in bytes
   * @param below what would show where the larger extent stores nothing, or null
   */
  void grow(long oldSize, long newSize, @Nullable BlockDevice below) throws IOException {
    SparseResize resize = new SparseResize(requireWriter(writer));
    change(() -> {
      resize.grow(oldSize, newSize, below);
      return newSize;
    });
  }

  /** Makes the extent smaller; what it loses shows until {@code recording} has been called. */
  void shrink(long newSize, IoAction recording) throws IOException {
    SparseResize resize = new SparseResize(requireWriter(writer));
    change(() -> {
      resize.shrink(newSize, recording);
      return newSize;
    });
  }

  /**
   * Makes the extent's file as small as its content allows.
   *
   * @param below what shows where the extent stores nothing, or null for zeroes
   */
  void compact(@Nullable BlockDevice below, ProgressListener listener) throws IOException {
    SparseCompaction compaction = new SparseCompaction(requireWriter(writer), below, listener);
    change(() -> {
      compaction.run(size());
      return size();
    });
  }

  @Override
  protected void release() throws IOException {
    if (streams != null) {
      streams.close();
    }
  }
}
