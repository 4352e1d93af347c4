package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The volume header of HFS+ at 1024, or where the header of HFS there says that it is embedded. The
 * label is the name of the root, which the first leaf of the catalog begins with. Numbers have
 * their highest byte first.
 *
 * <pre>
 * HFS+                                  HFS                              node of the catalog
 *   0  "H+" or "HX"                      0  "BD"                          8  FF: a leaf
 *  28  size of a block, 32 bits         14  size of a block, 32 bits      A  records, 16 bits
 *  2C  blocks, 32 bits                  1C  sector of the first block,    E  key: length, 16 bits;
 *  30  free blocks, 32 bits                 16 bits                          10 its directory, 32;
 *  68  what the UUID is made of, 8      7C  "H+" or "HX"                     14 length of the name,
 * 120  extents of the catalog, 8:       7E  first block, 16 bits             16; name
 *      first block and count, 32 each                                    first node
 *                                                                        18  first leaf, 32 bits
 *                                                                        20  size of a node, 16
 * </pre>
 */
final class HfsMark implements Mark {
  private static final int POSITION = 1024;
  private static final int SIZE = 512;
  private static final int SECTOR = 512;
  private static final int EXTENTS = 8;
  private static final int LEAF = -1;
  private static final int SMALLEST_NODE = 32;
  private static final int MOST_NAME = 255;
  private static final int ROOT_PARENT = 1;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < POSITION + SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = read(volume, POSITION, SIZE);
    if (!Texts.untilZero(bytes, 0, 2).equals("BD")) {
      return find(volume, bytes, 0);
    }
    long start =
        Short.toUnsignedLong(bytes.getShort(0x1C)) * SECTOR
            + Short.toUnsignedLong(bytes.getShort(0x7E))
                * Integer.toUnsignedLong(bytes.getInt(0x14));
    return isMarked(bytes, 0x7C) && start <= volume.size() - POSITION - SIZE
        ? find(volume, read(volume, start + POSITION, SIZE), start)
        : Optional.empty();
  }

  private static ByteBuffer read(DeviceBytes volume, long position, int length) throws IOException {
    return volume.read(position, length, "HFS+").order(ByteOrder.BIG_ENDIAN);
  }

  private static boolean isMarked(ByteBuffer bytes, int at) {
    String mark = Texts.untilZero(bytes, at, 2);
    return mark.equals("H+") || mark.equals("HX");
  }

  private static Optional<Content> find(DeviceBytes volume, ByteBuffer header, long start)
      throws IOException {
    long blockSize = header.getInt(0x28);
    if (!isMarked(header, 0) || blockSize < SECTOR || Long.bitCount(blockSize) != 1) {
      return Optional.empty();
    }
    long blocks = Integer.toUnsignedLong(header.getInt(0x2C));
    long free = Integer.toUnsignedLong(header.getInt(0x30));
    byte[] id = new byte[Long.BYTES];
    header.get(0x68, id);
    return Optional.of(
        new Content(
            "hfsplus",
            label(volume, header, start, blockSize),
            Arrays.equals(id, new byte[id.length]) ? "" : Texts.uuidOfHfs(id),
            OptionalLong.of(blocks * blockSize),
            free <= blocks ? OptionalLong.of((blocks - free) * blockSize) : OptionalLong.empty()));
  }

  /** Returns the label, or nothing if the catalog does not begin as it should. */
  private static String label(DeviceBytes volume, ByteBuffer header, long start, long blockSize)
      throws IOException {
    long catalog = start + Integer.toUnsignedLong(header.getInt(0x120)) * blockSize;
    if (catalog > volume.size() - SIZE) {
      return "";
    }
    ByteBuffer first = read(volume, catalog, SIZE);
    int nodeSize = Short.toUnsignedInt(first.getShort(0x20));
    long leaf = Integer.toUnsignedLong(first.getInt(0x18)) * nodeSize;
    long block = leaf / blockSize;
    for (int i = 0; i < EXTENTS && nodeSize >= SMALLEST_NODE; i++) {
      long count = Integer.toUnsignedLong(header.getInt(0x124 + i * Long.BYTES));
      if (block < count) {
        long from = Integer.toUnsignedLong(header.getInt(0x120 + i * Long.BYTES)) + block;
        long position = start + from * blockSize + leaf % blockSize;
        return position <= volume.size() - nodeSize
            ? nameOfRoot(read(volume, position, nodeSize))
            : "";
      }
      block -= count;
    }
    return "";
  }

  private static String nameOfRoot(ByteBuffer node) {
    int length = Short.toUnsignedInt(node.getShort(0x14));
    if (node.get(8) != LEAF
        || node.getShort(0xA) == 0
        || node.getInt(0x10) != ROOT_PARENT
        || length > MOST_NAME
        || 0x16 + 2 * length > node.capacity()) {
      return "";
    }
    byte[] name = new byte[2 * length];
    node.get(0x16, name);
    return new String(name, StandardCharsets.UTF_16BE);
  }

  @Override
  public boolean isTolerant() {
    return true;
  }
}
