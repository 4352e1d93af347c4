package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Changes fields in one sector of a file, those of one call atomically: a sector of 512 bytes
 * reaches the host's disk whole or not at all. Changes are durable after the next barrier.
 */
public final class SectorFields {
  /** The length of a sector, in bytes. */
  private static final int SECTOR = 512;

  private final Storage storage;
  private final ByteOrder order;
  private final long start;

  /**
   * Creates an object for the first sector of a file.
   *
   * @param storage the file
   * @param order the byte order of its numbers
   */
  public SectorFields(Storage storage, ByteOrder order) {
    this(storage, order, 0);
  }

  /**
   * Creates an object for a sector of a file.
   *
   * @param storage the file
   * @param order the byte order of its numbers
   * @param start where the sector begins in the file, in bytes
   */
  public SectorFields(Storage storage, ByteOrder order, long start) {
    this.storage = storage;
    this.order = order;
    this.start = start;
  }

  /**
   * Changes adjacent fields.
   *
   * @param position where the first begins in the sector, in bytes
   * @param length the length of all of them together, in bytes
   * @param values puts the values of all fields, one after the other
   * @throws IllegalArgumentException if they are not all in the sector
   * @throws IOException if the sector cannot be read or written
   */
  public void write(int position, int length, Consumer<ByteBuffer> values) throws IOException {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(order);
    values.accept(sector.position(position).limit(position + length));
    storage.write(
        start + position, MemorySegment.ofArray(sector.array()).asSlice(position, length));
  }

  /**
   * Changes fields anywhere in the sector, leaving the others as they are.
   *
   * @param values puts values at their positions in the sector
   * @throws IOException if the sector cannot be read or written
   */
  public void patch(Consumer<ByteBuffer> values) throws IOException {
    byte[] bytes = new byte[(int) Math.min(SECTOR, storage.size() - start)];
    storage.read(start, MemorySegment.ofArray(bytes));
    values.accept(ByteBuffer.wrap(bytes).order(order));
    storage.write(start, MemorySegment.ofArray(bytes));
  }
}
