package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.onepass.ForwardInput;
import java.io.IOException;

/** Reads an image that comes once, on and on, and knows where it is. */
final class SectorInput {
  private final ForwardInput input;
  private long position;

  /** Creates a reader that begins at the image's first byte. */
  SectorInput(ForwardInput input) {
    this.input = input;
  }

  /** Returns the position of what is read next, in bytes. */
  long position() {
    return position;
  }

  /** Returns whether there is anything left. */
  boolean hasMore() throws IOException {
    return input.has(position);
  }

  /**
   * Fills an array.
   *
   * @param structure what that is, for an error
   * @throws CorruptImageException if the image ends before
   */
  void read(String structure, byte[] target) throws IOException {
    int done = readUpTo(target);
    if (done < target.length) {
      throw new CorruptImageException(
          input.name(),
          structure,
          position - done,
          "ends after " + done + " of " + target.length + " bytes: was it cut short?");
    }
  }

  /** Fills an array as far as the image goes; returns how many bytes it had. */
  int readUpTo(byte[] target) throws IOException {
    int done = input.readUpTo("stream", position, target);
    position += done;
    return done;
  }
}
