package io.diskformat.iso.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory of one of a disc's trees. */
final class DiscDirectory implements Extent {
  private final Node node;
  private final byte[] name;
  private final @Nullable DiscDirectory parent;
  private final int number;
  private final List<DiscRecord> records = new ArrayList<>();
  private long end;
  private long block;

  /**
   * An empty directory that has no place yet.
   *
   * @param name the bytes of its name
   * @param parent null of the root
   * @param number in the path table
   */
  DiscDirectory(Node node, byte[] name, @Nullable DiscDirectory parent, int number) {
    this.node = node;
    this.name = name;
    this.parent = parent;
    this.number = number;
  }

  Node node() {
    return node;
  }

  byte[] name() {
    return name;
  }

  /** Returns the directory that this one is in; the root is in itself. */
  DiscDirectory parent() {
    return parent == null ? this : parent;
  }

  int number() {
    return number;
  }

  /** Adds a record at the end. */
  void add(DiscRecord record) {
    records.add(record);
    end = record.after(end);
  }

  @Override
  public long block() {
    return block;
  }

  @Override
  public long size() {
    return DiscFields.blocks(end) * DiscFields.BLOCK;
  }

  /** Gives it a place, and returns the block behind it. */
  long place(long first) {
    block = first;
    return first + DiscFields.blocks(end);
  }

  void write(ImageOutput out, @Nullable SystemUseArea area) throws IOException {
    for (DiscRecord record : records) {
      record.write(out, area);
    }
    out.endBlock();
  }
}
