package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A verb that changes files of a guest: all that it does is written, or nothing. */
abstract class GuestChangeVerb extends ImageVerb {
  private final Argument images =
      options("IMAGE", "An image. Several are the disks of one guest.", "-a", "--add");
  private final MountOptions mounts = new MountOptions(this);

  GuestChangeVerb(String name, String description) {
    this(name, description, "-f", "--format");
  }

  /**
   * Begins with the options that all of them have.
   *
   * @param ofFormat the names of the option that names the image's format
   */
  GuestChangeVerb(String name, String description, String... ofFormat) {
    super(name, description, ofFormat);
    footer(
        "All of it is written, or nothing. Files are those of ext2, ext3, ext4 and FAT. Of an image"
            + " with a backing file, that is not touched. Paths begin at the root.");
  }

  @Override
  final int run(Terminal terminal) throws IOException {
    List<String> names = images.values();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("-a IMAGE is missing");
    }
    try (GuestSession session =
        new GuestSession((image, writing) -> open(this, terminal, image, writing))) {
      for (String name : names) {
        session.add(new GuestSession.Added(name, format(), false));
      }
      for (var place : mounts.places(session.disk()).entrySet()) {
        session.mount(place.getValue(), place.getKey(), false);
      }
      act(new GuestChanges(session.changing()));
      session.commit();
      return 0;
    } catch (FileSystemException e) {
      throw names.contains(e.getFile()) ? e : PathErrors.inside(names.getFirst(), e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Opens an image for a verb; one without a mark is taken for a raw disk, which is said. */
  static BlockDevice open(
      ImageVerb verb, Terminal terminal, GuestSession.Added added, boolean writing)
      throws IOException {
    ImageName image = verb.image(added.name(), added.format());
    if (!writing) {
      return DiskImages.open(image.file(), verb.with(OpenOptions.readOnly(), image));
    }
    return DiskImages.open(image.file(), verb.with(known(terminal, image), image));
  }

  private static OpenOptions known(Terminal terminal, ImageName image) throws IOException {
    @Nullable String format = image.format();
    if (format == null && DiskImages.probe(image.file()).isEmpty()) {
      terminal.error(image.file() + ": taken for a raw disk; naming the format raw says so");
      return OpenOptions.writable().format("raw");
    }
    return OpenOptions.writable();
  }

  /** Does what the verb says. */
  abstract void act(GuestChanges changes) throws IOException;

  /**
   * Reads a number.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long number(String text, int radix) {
    try {
      return Long.parseLong(text, radix);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("no number: " + text);
    }
  }

  /** Reads a mode, which is octal. */
  static int mode(String text) {
    long mode = number(text.startsWith("0o") ? text.substring(2) : text, 8);
    if (mode < 0 || mode > 07777) {
      throw new IllegalArgumentException("no mode: " + text);
    }
    return (int) mode;
  }
}
