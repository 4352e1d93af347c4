package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.Deflater;

/**
 * Compresses content by zisofs: block by block, so that it can be read from anywhere. Where a block
 * begins and ends is in a table of one entry for each, and one more; a block of zeroes takes no
 * bytes.
 *
 * <pre>
 * version 1, below 4 GiB                          version 2
 *  0  8  37 E4 53 96 C9 DB D6 07                   0  8  EF 22 55 A1 BC 1B 95 A0
 *  8  4  size of the content                       8  1  version of the header, 0
 * 12  1  length of the header in words: 4          9  1  length of the header in words: 6
 * 13  1  binary logarithm of the size of a block  10  1  algorithm: 1 is zlib
 * 16  4  entries of the table                     11  1  binary logarithm of the size of a block
 *                                                 12  8  size of the content
 *                                                 24  8  entries of the table
 * </pre>
 */
final class Zisofs {
  private static final long MAGIC_1 = 0x07d6_dbc9_9653_e437L;
  private static final long MAGIC_2 = 0xa095_1bbc_a155_22efL;
  private static final int BITS = 15;
  private static final int BLOCK = 1 << BITS;

  private final Spool spool;
  private final String name;
  private final long size;
  private final int version;
  private final int head;
  private final int entry;
  private final byte[] plain = new byte[BLOCK];
  private final byte[] packed = new byte[2 * BLOCK];

  private Zisofs(Spool spool, String name, long size) {
    this.spool = spool;
    this.name = name;
    this.size = size;
    boolean small = size < 1L << 32;
    this.version = small ? 1 : 2;
    this.head = small ? 16 : 24;
    this.entry = small ? 4 : 8;
  }

  /**
   * Compresses content, and keeps it if that saves at least a block of the disc.
   *
   * @return empty if it does not
   * @throws IOException if it cannot be read, or is not as long as was said
   */
  static Optional<FileData> compress(Spool spool, String name, DiscContent content, long size)
      throws IOException {
    if (size <= DiscFields.BLOCK) {
      return Optional.empty();
    }
    return new Zisofs(spool, name, size).compress(content);
  }

  private Optional<FileData> compress(DiscContent content) throws IOException {
    long start = spool.end();
    long blocks = (size + BLOCK - 1) / BLOCK;
    long table = (blocks + 1) * entry;
    long limit = (DiscFields.blocks(size) - 1) * DiscFields.BLOCK;
    if (head + table > limit) {
      return Optional.empty();
    }
    spool.goOnAt(start + head + table);
    ByteBuffer entries = buffer(Math.toIntExact(Math.min(table, 1 << 16)));
    long entriesAt = start + head;
    put(entries, head + table);
    Deflater deflater = new Deflater(9);
    try (ReadableByteChannel in = content.open()) {
      for (long left = size; left > 0; left -= Math.min(left, BLOCK)) {
        int length = (int) Math.min(left, BLOCK);
        fill(in, length);
        pack(deflater, length);
        put(entries, spool.end() - start);
        if (!entries.hasRemaining()) {
          entriesAt = writeEntries(entries, entriesAt);
        }
        if (spool.end() - start > limit) {
          spool.goOnAt(start);
          return Optional.empty();
        }
      }
      if (in.read(ByteBuffer.allocate(1)) > 0) {
        throw new IOException(name + ": goes on behind its size of " + size);
      }
    } finally {
      deflater.end();
    }
    writeEntries(entries, entriesAt);
    spool.write(start, header());
    FileData.Compressed how = new FileData.Compressed(version, head / 4, BITS, size);
    long stored = spool.end() - start;
    return Optional.of(new FileData(name, spool.from(start), stored, Optional.of(how)));
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void put(ByteBuffer entries, long position) {
    if (version == 1) {
      entries.putInt((int) position);
    } else {
      entries.putLong(position);
    }
  }

  private long writeEntries(ByteBuffer entries, long position) throws IOException {
    entries.flip();
    long next = position + entries.remaining();
    spool.write(position, entries);
    entries.clear();
    return next;
  }

  private void fill(ReadableByteChannel in, int length) throws IOException {
    ByteBuffer to = ByteBuffer.wrap(plain, 0, length);
    while (to.hasRemaining()) {
      if (in.read(to) < 0) {
        throw new IOException(name + ": ends before its size of " + size);
      }
    }
  }

  private void pack(Deflater deflater, int length) throws IOException {
    if (isZero(length)) {
      return;
    }
    deflater.reset();
    deflater.setInput(plain, 0, length);
    deflater.finish();
    int packedLength = deflater.deflate(packed);
    spool.append(ByteBuffer.wrap(packed, 0, packedLength));
  }

  private boolean isZero(int length) {
    return plain[0] == 0 && Arrays.equals(plain, 0, length - 1, plain, 1, length);
  }

  private ByteBuffer header() {
    ByteBuffer header = buffer(head);
    if (version == 1) {
      header.putLong(0, MAGIC_1).putInt(8, (int) size).put(12, (byte) (head / 4));
      return header.put(13, (byte) BITS);
    }
    header.putLong(0, MAGIC_2).put(9, (byte) (head / 4)).put(10, (byte) 1);
    return header.put(11, (byte) BITS).putLong(12, size);
  }
}
