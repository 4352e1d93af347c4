package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The two path tables of a tree, which list its directories: one with the lowest byte of numbers
 * first, and one with the highest.
 *
 * <pre>
 * entry   0  1  length of the name
 *         2  4  block of the directory
 *         6  2  number of its parent, from 1
 *         8     name; a byte if its length is odd
 * </pre>
 */
final class PathTables implements ImagePart {
  private static final int HEAD = 8;

  private final DirectoryTree tree;
  private final long size;
  private long first;

  PathTables(DirectoryTree tree) {
    this.tree = tree;
    long length = 0;
    for (DiscDirectory directory : tree.directories()) {
      length += length(directory);
    }
    this.size = length;
  }

  private static int length(DiscDirectory directory) {
    int name = directory.name().length;
    return HEAD + name + name % 2;
  }

  /** Returns how long one table is, in bytes. */
  long size() {
    return size;
  }

  /** Returns the block of the table with the lowest byte of numbers first. */
  long littleEndian() {
    return first;
  }

  /** Returns the block of the other table. */
  long bigEndian() {
    return first + DiscFields.blocks(size);
  }

  @Override
  public long place(long firstBlock) {
    first = firstBlock;
    return firstBlock + 2 * DiscFields.blocks(size);
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    write(out, ByteOrder.LITTLE_ENDIAN);
    write(out, ByteOrder.BIG_ENDIAN);
  }

  private void write(ImageOutput out, ByteOrder order) throws IOException {
    for (DiscDirectory directory : tree.directories()) {
      ByteBuffer entry = ByteBuffer.allocate(length(directory)).order(order);
      entry.put(0, (byte) directory.name().length);
      entry.putInt(2, (int) directory.block());
      entry.putShort(6, (short) directory.parent().number());
      entry.put(HEAD, directory.name());
      out.write(entry.array());
    }
    out.endBlock();
  }
}
