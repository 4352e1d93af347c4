package io.diskformat.testing;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A script for {@code qemu-io}: what a guest does to a disk, in order. Run as one process, with
 * discards passed on. Offsets and lengths are bytes.
 */
public final class QemuIo {
  private final Path image;
  private final List<?> arguments;
  private final StringBuilder script = new StringBuilder();

  private QemuIo(Path image, List<?> arguments) {
    this.image = image;
    this.arguments = arguments;
  }

  /** Begins a script for an image of a format, as qemu-io names it. */
  public static QemuIo on(Path image, String format) {
    return on(image, List.of("-f", format, image));
  }

  /**
   * Begins a script for an image.
   *
   * @param arguments by which qemu-io takes it
   */
  public static QemuIo on(Path image, List<?> arguments) {
    return new QemuIo(image, arguments);
  }

  /** Writes one byte over and over. */
  public QemuIo fill(int value, long offset, long length) {
    return add("write -q -P %d %d %d", value & 0xff, offset, length);
  }

  /** Writes a file's bytes, from its start, over and over if it is shorter. */
  public QemuIo write(Path source, long offset, long length) {
    return add("write -q -s %s %d %d", source, offset, length);
  }

  /** As {@link #write}, compressed; refused where a cluster is already stored uncompressed. */
  public QemuIo writeCompressed(Path source, long offset, long length) {
    return add("write -q -c -s %s %d %d", source, offset, length);
  }

  /** Writes zeroes as a request of its own kind; {@code unmap} allows to give the space back. */
  public QemuIo zero(long offset, long length, boolean unmap) {
    return add("write -q -z %s %d %d", unmap ? "-u" : "", offset, length);
  }

  /** Discards a range. */
  public QemuIo discard(long offset, long length) {
    return add("discard -q %d %d", offset, length);
  }

  /** Makes what was written durable. */
  public QemuIo flush() {
    return add("flush");
  }

  /** Kills {@code qemu-io}, so that the image is not closed. */
  public QemuIo abort() {
    return add("abort");
  }

  @SuppressWarnings("AnnotateFormatMethod") // used here alone
  private QemuIo add(String command, Object... arguments) {
    script.append(String.format(Locale.ROOT, command, arguments)).append('\n');
    return this;
  }

  /** Runs the script, in the image's directory. The exit code is not 0 if a request was refused. */
  public Oracle.Result run() {
    return Oracle.of("qemu-io")
        .in(requireNonNull(image.toAbsolutePath().getParent()))
        .input(script.toString())
        .run(Stream.concat(Stream.of("-d", "unmap"), arguments.stream()).toArray());
  }

  /** Returns the script. */
  @Override
  public String toString() {
    return script.toString();
  }
}
