package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The blocks of a file as a tree of extents. Its root is in the inode, its other nodes are blocks.
 * Numbers have their lowest byte first.
 *
 * <pre>
 * header                            entry of a leaf              entry of another node
 * 0  0A F3                          0  first block of the file   0  first block of the file
 * 2  entries, 16 bits               4  blocks, 16 bits; above    4  block of the node below
 * 4  entries at most, 16 bits          32768, as many as 32768   8  its upper 16 bits
 * 6  levels below this, 16 bits        less, without content
 * 8  generation, 32 bits            6  block, upper 16 bits
 *                                   8  block, lower 32 bits
 * </pre>
 *
 * Each node is checked when it is read: its entries are in ascending order, and those of a node
 * below are within what the one above says that it holds. So no node is in two places, and to go
 * over a file is to go over each node once.
 */
final class ExtentTree implements FileBlocks {
  static final short MAGIC = (short) 0xF30A;
  static final int HEADER = 12;
  static final int ENTRY = 12;
  private static final int MOST_LEVELS = 5;
  static final int MOST_BLOCKS = 32768;
  private static final long END = 1L << Integer.SIZE;
  private static final String NAME = "extent tree";

  /** How many entries there may be in an inode. */
  static final int IN_INODE = 4;

  private final ExtVolume volume;
  private final Inode inode;

  ExtentTree(ExtVolume volume, Inode inode) {
    this.volume = volume;
    this.inode = inode;
  }

  /**
   * A node that was checked.
   *
   * @param end of the blocks of the file that it may be about
   */
  record Node(ByteBuffer bytes, long position, int level, int entries, long end) {
    long first(int index) {
      return Integer.toUnsignedLong(bytes.getInt(HEADER + index * ENTRY));
    }

    long after(int index) {
      return index + 1 < entries ? first(index + 1) : end;
    }

    int length(int index) {
      return Short.toUnsignedInt(bytes.getShort(HEADER + index * ENTRY + 4));
    }

    int blocks(int index) {
      int length = length(index);
      return length > MOST_BLOCKS ? length - MOST_BLOCKS : length;
    }

    boolean isWritten(int index) {
      return length(index) <= MOST_BLOCKS;
    }

    long leafBlock(int index) {
      return block(HEADER + index * ENTRY + 6, HEADER + index * ENTRY + 8);
    }

    long nodeBlock(int index) {
      return block(HEADER + index * ENTRY + 8, HEADER + index * ENTRY + 4);
    }

    private long block(int high, int low) {
      return (long) Short.toUnsignedInt(bytes.getShort(high)) << Integer.SIZE
          | Integer.toUnsignedLong(bytes.getInt(low));
    }

    /** Returns the last entry that begins at a block or before it, or -1. */
    int find(long fileBlock) {
      int low = 0;
      int high = entries - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        if (first(middle) <= fileBlock) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return high;
    }
  }

  /** Puts the header of a node into it. */
  static void putHeader(ByteBuffer node, int entries, int most, int level) {
    node.putShort(0, MAGIC);
    node.putShort(2, (short) entries);
    node.putShort(4, (short) most);
    node.putShort(6, (short) level);
  }

  /** Puts a tree without extents into a new inode. */
  static void begin(ByteBuffer inode) {
    ByteBuffer root = inode.slice(Inode.BLOCKS_AT, Inode.BLOCKS_SIZE).order(inode.order());
    putHeader(root, 0, IN_INODE, 0);
  }

  @Override
  public Run at(long fileBlock) throws IOException {
    if (fileBlock >= END) {
      return new Run(fileBlock, Long.MAX_VALUE - fileBlock, Run.NOWHERE);
    }
    Node node = root();
    while (true) {
      int index = node.find(fileBlock);
      if (index < 0) {
        long next = node.entries() == 0 ? node.end() : node.first(0);
        return new Run(fileBlock, next - fileBlock, Run.NOWHERE);
      }
      if (node.level() == 0) {
        return run(node, index, fileBlock);
      }
      node = below(node, index);
    }
  }

  /** Returns the node that is in the inode. */
  Node root() throws IOException {
    ByteBuffer root =
        inode.bytes().slice(Inode.BLOCKS_AT, Inode.BLOCKS_SIZE).order(inode.bytes().order());
    return check(root, inode.position() + Inode.BLOCKS_AT, -1, 0, END);
  }

  /** Returns the node that an entry of one leads to. */
  Node below(Node node, int index) throws IOException {
    long block = node.nodeBlock(index);
    ByteBuffer bytes = volume.read(block, NAME);
    long position = volume.position(block);
    Node below = check(bytes, position, node.level() - 1, node.first(index), node.after(index));
    checkSum(below);
    return below;
  }

  private Run run(Node node, int index, long fileBlock) {
    long first = node.first(index);
    long end = first + node.blocks(index);
    if (fileBlock >= end) {
      return new Run(end, node.after(index) - end, Run.NOWHERE);
    }
    return new Run(first, end - first, node.isWritten(index) ? node.leafBlock(index) : Run.NOWHERE);
  }

  private Node check(ByteBuffer bytes, long position, int level, long first, long end)
      throws IOException {
    int entries = Short.toUnsignedInt(bytes.getShort(2));
    int most = Short.toUnsignedInt(bytes.getShort(4));
    int levels = Short.toUnsignedInt(bytes.getShort(6));
    if (bytes.getShort(0) != MAGIC) {
      throw corrupt(position, "has no mark");
    }
    if (level < 0 ? levels > MOST_LEVELS : levels != level) {
      throw corrupt(
          position, "has " + levels + " levels below" + (level < 0 ? "" : ", not " + level));
    }
    boolean empty = entries == 0 && (level >= 0 || levels > 0);
    if (entries > most || HEADER + (long) most * ENTRY > bytes.capacity() || empty) {
      throw corrupt(position, "has " + entries + " entries of " + most);
    }
    Node node = new Node(bytes, position, levels, entries, end);
    long next = first;
    for (int i = 0; i < entries; i++) {
      long at = node.first(i);
      if (at < next || at >= end) {
        throw corrupt(position, "its entry " + i + " begins with block " + at + " of the file");
      }
      next = levels == 0 ? at + checkExtent(node, i) : at + 1;
    }
    if (next > end) {
      throw corrupt(position, "its last entry ends with block " + next + " of the file");
    }
    return node;
  }

  /** Checks an entry of a leaf, and returns how many blocks it has. */
  private int checkExtent(Node node, int index) throws IOException {
    int blocks = node.blocks(index);
    long block = node.leafBlock(index);
    if (blocks == 0) {
      throw corrupt(node.position(), "its entry " + index + " is of no blocks");
    }
    volume.checkBlocks(block, blocks, NAME, node.position());
    return blocks;
  }

  private void checkSum(Node node) throws IOException {
    if (!volume.superblock().hasMetadataChecksums()) {
      return;
    }
    int most = Short.toUnsignedInt(node.bytes().getShort(4));
    int at = HEADER + most * ENTRY;
    boolean fits = at + Integer.BYTES <= node.bytes().capacity();
    if (!fits
        || volume.superblock().checksums().ofBlock(inode, DeviceBytes.bytesOf(node.bytes()), at)
            != node.bytes().getInt(at)) {
      throw corrupt(node.position(), "has a wrong checksum");
    }
  }

  private CorruptImageException corrupt(long position, String problem) {
    return volume.corrupt(NAME, position, "of inode " + inode.number() + " " + problem);
  }
}
