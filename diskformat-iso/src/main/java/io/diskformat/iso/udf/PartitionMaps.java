package io.diskformat.iso.udf;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The partition maps of a logical volume, by whose numbers places are recorded.
 *
 * <pre>
 * of a partition as it is       of another kind
 *  0  1  type, 1                 0   1  type, 2
 *  1  1  length, 6               1   1  length, 64
 *  4  2  partition               5  23  "*UDF Virtual Partition", "... Sparable ...", "... Metadata ..."
 *                               38   2  partition
 *                               40      metadata: 4 block of its file, 4 of the copy of that
 * </pre>
 */
final class PartitionMaps {
  /** The most maps: many more than any disc has. */
  private static final int MOST = 64;

  private static final int FIRST_BLOCK = 188;
  private static final int BLOCKS = 192;
  private static final int METADATA_FILE = 40;
  private static final int METADATA_COPY = 44;

  /** How many blocks before the end of the disc to search for the table of a virtual partition. */
  private static final int TABLE_WITHIN = 512;

  private static final int VIRTUAL_FILE = 248;

  /** The length of what follows the entries of a table of UDF 1.50. */
  private static final int OLD_TRAILER = 36;

  private static final String OLD_TABLE = "*UDF Virtual Alloc Tbl";

  private final DeviceBytes disc;
  private final int blockSize;
  private final VolumeSequence volume;
  private final List<Partition> partitions = new ArrayList<>();

  private PartitionMaps(DeviceBytes disc, int blockSize, VolumeSequence volume) {
    this.disc = disc;
    this.blockSize = blockSize;
    this.volume = volume;
  }

  static List<Partition> read(DeviceBytes disc, int blockSize, VolumeSequence volume)
      throws IOException {
    PartitionMaps maps = new PartitionMaps(disc, blockSize, volume);
    ByteBuffer bytes = volume.maps();
    for (int at = 0; at + 2 <= bytes.limit() && maps.partitions.size() < MOST; ) {
      int length = Byte.toUnsignedInt(bytes.get(at + 1));
      if (length < 6 || length > bytes.limit() - at) {
        break;
      }
      maps.add(bytes.slice(at, length).order(ByteOrder.LITTLE_ENDIAN));
      at += length;
    }
    return List.copyOf(maps.partitions);
  }

  private void add(ByteBuffer map) throws IOException {
    if (map.get(0) == 1) {
      partitions.add(physical(map.getShort(4)));
      return;
    }
    if (map.get(0) != 2 || map.limit() < 64) {
      throw disc.corrupt("partition map of UDF", -1, "is of type " + map.get(0));
    }
    byte[] identifier = new byte[23];
    map.get(5, identifier);
    String name = new String(identifier, StandardCharsets.ISO_8859_1).replace("\0", "");
    Partition.Physical partition = physical(map.getShort(38));
    partitions.add(
        switch (name) {
          case "*UDF Virtual Partition" -> virtual(partition);
          case "*UDF Sparable Partition" -> SparablePartition.of(partition, map);
          case "*UDF Metadata Partition" -> metadata(partition, map);
          default ->
              throw new UnsupportedFeatureException(
                  disc.name(), "a partition of UDF \"" + name.replaceAll("\\p{Cntrl}", "?") + "\"");
        });
  }

  private Partition.Physical physical(short number) throws IOException {
    ByteBuffer descriptor = volume.partition(disc, Short.toUnsignedInt(number));
    return new Partition.Physical(
        disc,
        blockSize,
        Integer.toUnsignedLong(descriptor.getInt(FIRST_BLOCK)),
        Integer.toUnsignedLong(descriptor.getInt(BLOCKS)));
  }

  private Partition metadata(Partition.Physical partition, ByteBuffer map) throws IOException {
    long block = Integer.toUnsignedLong(map.getInt(METADATA_FILE));
    long copy = Integer.toUnsignedLong(map.getInt(METADATA_COPY));
    FileEntry file;
    try {
      file = entry(partition, block);
    } catch (CorruptImageException e) {
      file = entry(partition, copy);
    }
    return new MappedPartition.OfFile(disc, blockSize, file.ranges(List.of(partition), 0));
  }

  private FileEntry entry(Partition.Physical partition, long block) throws IOException {
    return FileEntry.read(disc, blockSize, partition.at(block).offset());
  }

  /** Finds the table, which was written last. */
  private Partition virtual(Partition.Physical partition) throws IOException {
    long last = disc.size() / blockSize - 1;
    for (long block = last; block >= 0 && block > last - TABLE_WITHIN; block--) {
      ByteBuffer head = disc.read(block * blockSize, Tag.LENGTH, "table of UDF");
      int what = Tag.of(head);
      if ((what == Tag.FILE_ENTRY || what == Tag.EXTENDED_FILE_ENTRY)
          && Tag.block(head) == block - partition.start()) {
        FileEntry file = FileEntry.read(disc, blockSize, block * blockSize);
        List<ByteRange> ranges = file.ranges(List.of(partition), 0);
        return virtual(partition, file, ranges);
      }
    }
    throw disc.corrupt("virtual partition of UDF", -1, "has no table at the end of the disc");
  }

  private Partition virtual(Partition.Physical partition, FileEntry file, List<ByteRange> ranges)
      throws IOException {
    for (ByteRange range : ranges) {
      disc.check(Math.max(0, range.offset()), range.length(), "table of UDF");
    }
    BlockDevice table = FileContent.of(disc.device(), ranges);
    long size = table.size();
    if (file.type() == VIRTUAL_FILE && size >= 2) {
      byte[] header = new byte[2];
      table.read(0, header);
      int length = Byte.toUnsignedInt(header[0]) | (Byte.toUnsignedInt(header[1]) << 8);
      return new MappedPartition.ByTable(disc, partition, table, length, size);
    }
    if (size >= OLD_TRAILER) {
      byte[] trailer = new byte[OLD_TRAILER];
      table.read(size - OLD_TRAILER, trailer);
      if (new String(trailer, StandardCharsets.ISO_8859_1).startsWith(OLD_TABLE, 1)) {
        return new MappedPartition.ByTable(disc, partition, table, 0, size - OLD_TRAILER);
      }
    }
    throw disc.corrupt("virtual partition of UDF", -1, "has no table at the end of the disc");
  }
}
