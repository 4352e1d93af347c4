package io.diskformat.opening;

import io.diskformat.CreateOptions;
import io.diskformat.ImageInput;
import io.diskformat.ImageOutput;
import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.spi.InputRequest;
import io.diskformat.spi.OutputRequest;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/** Images that are read or written in one pass. */
public final class Streams {
  /** How much of an image is looked at to find its format, in bytes: all marks are in there. */
  private static final int HEAD = 64 << 10;

  private Streams() {}

  /**
   * Begins to write an image in one pass.
   *
   * @param name the name used in error messages
   * @param compressed whether units are to be compressed
   * @throws IllegalArgumentException if an option is unknown or invalid
   * @throws IOException if it cannot be written so
   */
  public static ImageOutput output(
      WritableByteChannel channel, String name, CreateOptions options, boolean compressed)
      throws IOException {
    NewReferences _ = NewImage.check(name, options);
    return Formats.named(options.format()).output(new OutputRequest(name, channel, options, compressed));
  }

  /**
   * Returns whether an image with some options can only be written in one pass.
   *
   * @throws UnrecognizedFormatException if its format is not installed
   */
  public static boolean areNeededFor(CreateOptions options) throws UnrecognizedFormatException {
    return Formats.named(options.format()).isWrittenInOnePass(options);
  }

  /**
   * Begins to read an image in one pass.
   *
   * @param name the name used in error messages
   * @throws IOException if it cannot be read so
   */
  public static ImageInput input(ReadableByteChannel channel, String name, OpenOptions options)
      throws IOException {
    byte[] head = head(channel);
    try (MemoryStorage probed = MemoryStorage.of(name, head)) {
      return Formats.of(probed, options, false)
          .input(new InputRequest(name, new HeadedChannel(head, channel)));
    }
  }

  private static byte[] head(ReadableByteChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD);
    while (head.hasRemaining() && channel.read(head) >= 0) {
      // As far as it goes.
    }
    return Arrays.copyOf(head.array(), head.position());
  }

  /** A channel of which the first bytes were read already. */
  private static final class HeadedChannel implements ReadableByteChannel {
    private final ByteBuffer head;
    private final ReadableByteChannel rest;

    HeadedChannel(byte[] head, ReadableByteChannel rest) {
      this.head = ByteBuffer.wrap(head);
      this.rest = rest;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (!head.hasRemaining()) {
        return rest.read(target);
      }
      int length = Math.min(head.remaining(), target.remaining());
      target.put(head.slice(head.position(), length));
      head.position(head.position() + length);
      return length;
    }

    @Override
    public boolean isOpen() {
      return rest.isOpen();
    }

    @Override
    public void close() throws IOException {
      rest.close();
    }
  }
}
