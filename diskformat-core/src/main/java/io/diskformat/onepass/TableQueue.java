package io.diskformat.onepass;

import io.diskformat.UnsupportedFeatureException;
import java.util.Comparator;
import java.util.PriorityQueue;

/** The tables that a directory names, in the order in which they come. For one thread. */
public final class TableQueue {
  /** The most that are kept: some 16 MiB. */
  private static final int MOST = 256 << 10;

  /**
   * A table.
   *
   * @param position where it begins in the file, in bytes
   * @param index of the directory's entry that names it
   */
  public record Table(long position, long index) {}

  private final String name;
  private final PriorityQueue<Table> tables =
      new PriorityQueue<>(
          Comparator.comparingLong(Table::position).thenComparingLong(Table::index));

  /**
   * Creates an empty queue.
   *
   * @param name the image's name in error messages
   */
  public TableQueue(String name) {
    this.name = name;
  }

  /**
   * Adds a table.
   *
   * @throws UnsupportedFeatureException if there are too many
   */
  public void add(long position, long index) throws UnsupportedFeatureException {
    if (tables.size() >= MOST) {
      throw new UnsupportedFeatureException(
          name,
          "reading this image from a stream: its directory names more than "
              + MOST
              + " tables, so seekable input is needed (a file)");
    }
    tables.add(new Table(position, index));
  }

  /** Returns the position of the table that comes next, or {@link ForwardTables#NONE}. */
  public long next() {
    Table table = tables.peek();
    return table == null ? ForwardTables.NONE : table.position();
  }

  /** Removes and returns the table that comes next. */
  public Table take() {
    return tables.remove();
  }
}
