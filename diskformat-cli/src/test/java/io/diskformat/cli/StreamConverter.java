package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Conversion;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;

/** Converts images in a process of its own, that has little memory or is killed. */
final class StreamConverter {
  private StreamConverter() {}

  /**
   * Converts.
   *
   * @param arguments {@code in}, a format and a new file: the standard input is converted; or
   *     {@code out}, a file, and what it is written as to another: a format, and {@code -c} or an
   *     option
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("in")) {
      try (ImageInput input =
          DiskImages.input(
              Channels.newChannel(System.in), "standard input", OpenOptions.readOnly())) {
        Conversion.from(input)
            .progress((done, total) -> System.out.println(done))
            .to(Path.of(arguments[2]), CreateOptions.format(arguments[1]))
            .run();
      }
      return;
    }
    CreateOptions options = CreateOptions.format(arguments[2]);
    int equals = arguments[3].indexOf('=');
    if (equals > 0) {
      options =
          options.option(arguments[3].substring(0, equals), arguments[3].substring(equals + 1));
    }
    try (DiskImage source =
            DiskImages.open(Path.of(arguments[1]), OpenOptions.readOnly().format("raw"));
        FileOutputStream out = new FileOutputStream(arguments[4])) {
      Conversion conversion = Conversion.from(source);
      // As a pipe, and not as a file.
      (arguments[3].equals("-c") ? conversion.compress() : conversion)
          .to(Channels.newChannel(new BufferedOutputStream(out)), options)
          .run();
    }
  }
}
