package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The checksums of a blob's blocks of 64 KiB, in a blob of their own: for each block its CRC-32C,
 * in four bytes, the most significant first, and at last one of all of them. They say where a blob
 * is damaged of which the digests say that it is; so short ones will do, which cost next to nothing
 * and no memory while the data arrives.
 */
final class BlockSums implements Closeable {
  /** In bytes. */
  static final int BLOCK = 64 << 10;

  private final BlobStore.Pending target;
  private final ByteBuffer sums = ByteBuffer.allocate(BLOCK);
  private final CRC32C all = new CRC32C();
  private final Blocks blocks = new Blocks(this::put);

  BlockSums(BlobStore.Pending target) {
    this.target = target;
  }

  /** Returns the name of the blob with the checksums of another. */
  static String name(String blob) {
    return UUID.nameUUIDFromBytes(("checksums of " + blob).getBytes(StandardCharsets.US_ASCII))
        .toString();
  }

  void add(byte[] bytes, int length) throws IOException {
    blocks.add(bytes, length);
  }

  private void put(long block, int sum) throws IOException {
    if (!sums.hasRemaining()) {
      write();
    }
    sums.putInt(sum);
  }

  private void write() throws IOException {
    all.update(sums.flip());
    target.write(sums.rewind());
    sums.clear();
  }

  /** Makes the checksums durable. */
  void complete() throws IOException {
    blocks.end();
    write();
    target.write(sums.putInt((int) all.getValue()).flip());
    String _ = target.complete();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }

  /** Takes the checksum of a block. */
  @FunctionalInterface
  interface BlockSum {
    void of(long block, int sum) throws IOException;
  }

  /** Cuts bytes into blocks. */
  static final class Blocks {
    private final BlockSum target;
    private final CRC32C sum = new CRC32C();
    private long block;
    private int filled;

    Blocks(BlockSum target) {
      this.target = target;
    }

    void add(byte[] bytes, int length) throws IOException {
      for (int at = 0; at < length; ) {
        int count = Math.min(length - at, BLOCK - filled);
        sum.update(bytes, at, count);
        at += count;
        filled += count;
        if (filled == BLOCK) {
          end();
        }
      }
    }

    /** Ends the last block, if it has something. */
    void end() throws IOException {
      if (filled > 0) {
        target.of(block++, (int) sum.getValue());
        sum.reset();
        filled = 0;
      }
    }
  }

  /** Reads checksums from the first to the last. */
  static final class Reader {
    private final ReadableByteChannel source;
    private final ByteBuffer sums = ByteBuffer.allocate(BLOCK).limit(0);
    private final CRC32C all = new CRC32C();

    Reader(ReadableByteChannel source) {
      this.source = source;
    }

    int next() throws IOException {
      int sum = number();
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).putInt(sum).flip();
      all.update(bytes);
      return sum;
    }

    /** Returns whether what was read so far is all, and as it was written. */
    boolean isWhole() throws IOException {
      int expected = (int) all.getValue();
      return number() == expected && !sums.hasRemaining() && source.read(sums.clear()) < 0;
    }

    private int number() throws IOException {
      while (sums.remaining() < Integer.BYTES) {
        sums.compact();
        int count = source.read(sums);
        sums.flip();
        if (count < 0) {
          throw new EOFException("the checksums are cut short");
        }
      }
      return sums.getInt();
    }
  }
}
