package io.diskformat.onepass;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.ReadOnlyStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * The bytes of an image that come once, from the first to the last. The latest of them are kept and
 * can still be read; earlier ones cannot. Positions are in bytes from the image's first. For one
 * thread.
 */
public final class ForwardInput {
  /** The number of bytes that are kept, a power of two: several clusters of any size. */
  public static final int KEPT = 8 << 20;

  /** The most bytes to request from the channel at once. */
  private static final int PIECE = 256 << 10;

  /** Stands for the unknown size of the image, in bytes. */
  private static final long ENDLESS = 1L << 60;

  private final String name;
  private final ReadableByteChannel channel;

  /** The byte of position p is at index p modulo the length. */
  private final byte[] kept = new byte[KEPT];

  private long end;
  private boolean ended;

  /**
   * Creates an input.
   *
   * @param name the image's name in error messages
   * @param channel in blocking mode, and at the image's first byte
   */
  public ForwardInput(String name, ReadableByteChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /** Returns the image's name in error messages. */
  public String name() {
    return name;
  }

  /**
   * Fills an array.
   *
   * @param structure what is there, for error messages
   * @param position of its first byte
   * @throws CorruptImageException if the image ends before the array is full
   * @throws UnsupportedFeatureException if the bytes have passed, and are no longer kept
   * @throws IOException if the channel cannot be read
   */
  public void read(String structure, long position, byte[] target) throws IOException {
    int count = readUpTo(structure, position, target);
    if (count < target.length) {
      throw cutShort(structure, position, position + target.length);
    }
  }

  /**
   * Fills an array as far as the image goes.
   *
   * @param structure what is there, for error messages
   * @param position of its first byte
   * @return how many bytes the image has there
   * @throws UnsupportedFeatureException if the bytes have passed, and are no longer kept
   * @throws IOException if the channel cannot be read
   */
  public int readUpTo(String structure, long position, byte[] target) throws IOException {
    if (position < end - KEPT) {
      throw new UnsupportedFeatureException(
          name,
          "reading this image from a stream: the "
              + structure
              + " at "
              + position
              + " passed before anything said what it is, so seekable input is needed (a file)");
    }
    int done = 0;
    while (done < target.length && reach(position + done + 1)) {
      long at = position + done;
      int index = index(at);
      int length = (int) Math.min(Math.min(end - at, target.length - done), (long) KEPT - index);
      System.arraycopy(kept, index, target, done, length);
      done += length;
    }
    return done;
  }

  /**
   * Returns whether the image has a byte at a position.
   *
   * @throws IOException if the channel cannot be read
   */
  public boolean has(long position) throws IOException {
    return reach(position + 1);
  }

  /**
   * Passes all bytes that are left.
   *
   * @return the position of the end
   * @throws IOException if the channel cannot be read
   */
  public long passAll() throws IOException {
    boolean _ = reach(Long.MAX_VALUE);
    return end;
  }

  /** Reads on up to a position; returns whether the image goes that far. */
  private boolean reach(long position) throws IOException {
    while (end < position && !ended) {
      int index = index(end);
      int length = Math.min(PIECE, KEPT - index);
      int count = channel.read(ByteBuffer.wrap(kept, index, length));
      ended = count < 0;
      end += Math.max(0, count);
    }
    return end >= position;
  }

  private static int index(long position) {
    return (int) (position & (KEPT - 1));
  }

  private CorruptImageException cutShort(String structure, long position, long needed) {
    return new CorruptImageException(
        name,
        structure,
        position,
        "is needed up to " + needed + ", but the stream ends at " + end + ": was it cut short?");
  }

  /**
   * Returns the first bytes as a storage that seems to go on without end, for parsers that check
   * what they read against the size of the file. Nothing need be closed.
   *
   * @param structure what is parsed, for error messages
   */
  public Storage front(String structure) {
    return new Front(this, structure);
  }

  /** The first bytes of the image, as a storage. */
  private static final class Front extends ReadOnlyStorage {
    private final ForwardInput input;
    private final String structure;

    Front(ForwardInput input, String structure) {
      this.input = input;
      this.structure = structure;
    }

    @Override
    public String name() {
      return input.name;
    }

    @Override
    public long size() {
      return ENDLESS;
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) throws IOException {
      byte[] bytes = new byte[(int) target.byteSize()];
      input.read(structure, position, bytes);
      target.copyFrom(MemorySegment.ofArray(bytes));
    }

    @Override
    protected void release() {}
  }
}
