package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/** The standard input and output as images, which are read and written in one pass. */
final class StandardStreams {
  /** The name that stands for both. A file of that name is ./- */
  static final String NAME = "-";

  private StandardStreams() {}

  /**
   * Begins to read the standard input.
   *
   * @throws IOException if it is no image that can be read in one pass
   */
  static ImageInput input(OpenOptions options) throws IOException {
    return DiskImages.input(Channels.newChannel(System.in), "standard input", options);
  }

  /**
   * Returns a channel to the standard output.
   *
   * @throws IllegalArgumentException if that is a screen
   */
  static WritableByteChannel output(Terminal terminal) throws IOException {
    if (terminal.isInteractive()) {
      throw new IllegalArgumentException(
          "the standard output is a screen, and an image is no text: send it to a file or a pipe");
    }
    return terminal.channel();
  }
}
