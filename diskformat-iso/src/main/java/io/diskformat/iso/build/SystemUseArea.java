package io.diskformat.iso.build;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What finds no room behind the names in their records: entries of the System Use Sharing Protocol
 * that go on elsewhere. Those of one record are in one block, or begin one and go on in the next,
 * as some readers refuse what crosses from one block to another.
 *
 * <pre>
 * CE   0  4  signature, length of 28, version
 *      4  8  block where entries go on, in both byte orders
 *     12  8  offset there
 *     20  8  length
 * </pre>
 */
final class SystemUseArea implements ImagePart {
  private static final int BLOCK = DiscFields.BLOCK;
  private static final int CONTINUED = 28;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Positions in it of the entries that lead to the next block. */
  private final List<Integer> chained = new ArrayList<>();

  private long first;

  /**
   * The entries of one record: {@code inline}, an even number of bytes, is in the record. If the
   * rest is in the area, at {@code continuation}, the entry that ends at {@code length} leads
   * there, but for the block; otherwise that is -1.
   */
  static final class Placed {
    private final byte[] inline;
    private final int continuation;
    private final int length;

    Placed(byte[] inline, int continuation, int length) {
      this.inline = inline;
      this.continuation = continuation;
      this.length = length;
    }

    /** Returns how many bytes there are in the record. */
    int size() {
      return inline.length;
    }
  }

  /**
   * Gives entries their places.
   *
   * @param room how many bytes the record has, an even number
   */
  Placed place(List<byte[]> entries, int room) {
    int all = length(entries);
    if (all <= room) {
      return placed(entries, all, -1);
    }
    int used = 0;
    int count = 0;
    while (used + entries.get(count).length <= room - CONTINUED) {
      used += entries.get(count++).length;
    }
    List<byte[]> rest = entries.subList(count, entries.size());
    int length = areaLength(rest);
    if (bytes.size() % BLOCK + length > BLOCK || length < length(rest)) {
      fillBlock();
    }
    int start = bytes.size();
    List<byte[]> inline = new ArrayList<>(entries.subList(0, count));
    inline.add(continued(start % BLOCK, length));
    append(rest, length);
    return placed(inline, used + CONTINUED, start);
  }

  private static Placed placed(List<byte[]> entries, int length, int continuation) {
    ByteBuffer inline = ByteBuffer.allocate(length + length % 2);
    entries.forEach(inline::put);
    return new Placed(inline.array(), continuation, length);
  }

  private static int length(List<byte[]> entries) {
    return entries.stream().mapToInt(entry -> entry.length).sum();
  }

  /** Returns how many bytes of a block of their own entries take, with what leads to the next. */
  private static int areaLength(List<byte[]> entries) {
    int all = length(entries);
    if (all <= BLOCK) {
      return all;
    }
    int used = 0;
    for (byte[] entry : entries) {
      if (used + entry.length > BLOCK - CONTINUED) {
        break;
      }
      used += entry.length;
    }
    return used + CONTINUED;
  }

  private void append(List<byte[]> entries, int length) {
    int used = 0;
    int count = 0;
    boolean goesOn = length < length(entries);
    int most = goesOn ? length - CONTINUED : length;
    while (count < entries.size() && used + entries.get(count).length <= most) {
      bytes.writeBytes(entries.get(count));
      used += entries.get(count++).length;
    }
    if (goesOn) {
      List<byte[]> rest = entries.subList(count, entries.size());
      int next = areaLength(rest);
      chained.add(bytes.size());
      bytes.writeBytes(continued(0, next));
      fillBlock();
      append(rest, next);
    }
  }

  private void fillBlock() {
    bytes.writeBytes(new byte[(BLOCK - bytes.size() % BLOCK) % BLOCK]);
  }

  private static byte[] continued(int offset, int length) {
    ByteBuffer entry = DiscFields.buffer(CONTINUED);
    entry.put(0, new byte[] {'C', 'E', CONTINUED, 1});
    DiscFields.both32(entry, 12, offset);
    DiscFields.both32(entry, 20, length);
    return DiscFields.bytes(entry);
  }

  /** Returns the bytes for a record, now that the area has its place. */
  byte[] inline(Placed placed) {
    if (placed.continuation < 0) {
      return placed.inline;
    }
    byte[] complete = placed.inline.clone();
    ByteBuffer to = ByteBuffer.wrap(complete).order(ByteOrder.LITTLE_ENDIAN);
    int entry = placed.length - CONTINUED;
    DiscFields.both32(to, entry + 4, first + placed.continuation / BLOCK);
    return complete;
  }

  @Override
  public long place(long firstBlock) {
    first = firstBlock;
    return firstBlock + DiscFields.blocks(bytes.size());
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    byte[] all = bytes.toByteArray();
    ByteBuffer to = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    for (int entry : chained) {
      DiscFields.both32(to, entry + 4, first + entry / BLOCK + 1);
    }
    out.write(all);
  }
}
