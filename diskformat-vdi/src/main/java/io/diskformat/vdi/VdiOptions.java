package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What an image is to be created with.
 *
 * @param size of the disk, in bytes
 * @param preallocation how much of it gets its place at once; anything but {@code OFF} makes the
 *     image a fixed one
 * @param blockSize in bytes, a power of two
 * @param uuid of the image
 * @param modification what changes with each first write
 * @param parent of which image it is a difference to, or {@link Uuids#NONE}
 * @param parentModification that image's modification UUID, or {@link Uuids#NONE}
 */
record VdiOptions(
    long size,
    Preallocation preallocation,
    long blockSize,
    UUID uuid,
    UUID modification,
    UUID parent,
    UUID parentModification) {

  private static final long MIB = 1 << 20;
  private static final long SMALLEST_BLOCK = 4096;
  private static final long LARGEST_BLOCK = 64 * MIB;
  private static final Set<String> NAMES =
      Set.of(
          "static",
          "preallocation",
          "block_size",
          "uuid",
          "modification_uuid",
          "parent_uuid",
          "parent_modification_uuid",
          "backing_file",
          "backing_fmt");

  /** How much of a disk gets its place when the image is created. */
  enum Preallocation {
    OFF,
    /** All blocks have a place, whose space the host need not have. */
    METADATA,
    /** All blocks have a place whose space is reserved. */
    FALLOC,
    /** All blocks are written. */
    FULL
  }

  /**
   * Checks options.
   *
   * @param storage of the new image; a parent's name is taken relative to it
   * @throws IllegalArgumentException if one is unknown or makes no sense
   * @throws IOException if a parent that is named cannot be read
   */
  static VdiOptions of(Storage storage, CreateOptions options) throws IOException {
    for (String name : options.options().keySet()) {
      if (!NAMES.contains(name)) {
        throw new IllegalArgumentException("vdi images have no option \"" + name + "\"");
      }
    }
    VdiOptions checked =
        new VdiOptions(
            options.size(),
            preallocation(options),
            blockSize(options),
            uuid(options, "uuid", UUID.randomUUID()),
            uuid(options, "modification_uuid", UUID.randomUUID()),
            uuid(options, "parent_uuid", Uuids.NONE),
            uuid(options, "parent_modification_uuid", Uuids.NONE));
    if (options.option("backing_file").isPresent()) {
      checked = checked.over(parentPath(storage, options));
    }
    checked.check();
    return checked;
  }

  private void check() {
    if (uuid.equals(Uuids.NONE) || modification.equals(Uuids.NONE)) {
      throw new IllegalArgumentException("the UUIDs of a vdi image must not be all zeroes");
    }
    if (isDifference() && preallocation != Preallocation.OFF) {
      throw new IllegalArgumentException("a differencing vdi image cannot be preallocated");
    }
    if (blocks() >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a disk of " + size + " bytes is too large for blocks of " + blockSize + " bytes");
    }
  }

  boolean isDifference() {
    return !parent.equals(Uuids.NONE);
  }

  long blocks() {
    return size / blockSize + (size % blockSize == 0 ? 0 : 1);
  }

  private static Preallocation preallocation(CreateOptions options) {
    boolean fixed =
        switch (options.option("static").orElse("off")) {
          case "on", "yes", "true" -> true;
          case "off", "no", "false" -> false;
          default -> throw invalid(options, "static", "on or off");
        };
    return switch (options.option("preallocation").orElse("off")) {
      case "off" -> fixed ? Preallocation.METADATA : Preallocation.OFF;
      case "metadata" -> Preallocation.METADATA;
      case "falloc" -> Preallocation.FALLOC;
      case "full" -> Preallocation.FULL;
      default -> throw invalid(options, "preallocation", "off, metadata, falloc or full");
    };
  }

  private static long blockSize(CreateOptions options) {
    String text = options.option("block_size").orElse("1M").toUpperCase(Locale.ROOT);
    int shift =
        switch (text.isEmpty() ? ' ' : text.charAt(text.length() - 1)) {
          case 'K' -> 10;
          case 'M' -> 20;
          default -> 0;
        };
    String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
    // Few enough digits that they are a number that parseLong takes.
    long bytes = digits.matches("[0-9]{1,9}") ? Long.parseLong(digits) << shift : 0;
    if (bytes < SMALLEST_BLOCK || bytes > LARGEST_BLOCK || Long.bitCount(bytes) != 1) {
      throw invalid(options, "block_size", "a power of two from 4k to 64M");
    }
    return bytes;
  }

  private static UUID uuid(CreateOptions options, String name, UUID otherwise) {
    if (options.option(name).isEmpty()) {
      return otherwise;
    }
    try {
      return UUID.fromString(options.option(name).get());
    } catch (IllegalArgumentException e) {
      throw invalid(options, name, "a UUID");
    }
  }

  private static IllegalArgumentException invalid(
      CreateOptions options, String name, String expected) {
    return new IllegalArgumentException(
        "option " + name + " must be " + expected + ", not \"" + options.option(name).get() + "\"");
  }

  // A parent that is named

  private static Path parentPath(Storage storage, CreateOptions options) {
    if (!options.option("backing_fmt").orElse("vdi").equals("vdi")) {
      throw new IllegalArgumentException("a vdi image can only be a difference to a vdi image");
    }
    if (options.option("parent_uuid").isPresent()) {
      throw new IllegalArgumentException("backing_file already says what parent_uuid is");
    }
    String name = options.option("backing_file").get();
    try {
      return storage.path().map(path -> path.resolveSibling(name)).orElse(Path.of(name));
    } catch (InvalidPathException e) {
      throw invalid(options, "backing_file", "a file name");
    }
  }

  /** Returns these options for a difference to an image, of whose size it is if none is given. */
  private VdiOptions over(Path path) throws IOException {
    OpenOptions metadata = OpenOptions.readOnly().format("vdi").metadataOnly();
    try (DiskImage image = DiskImages.open(path, metadata)) {
      Map<String, Object> details = image.info().details();
      return new VdiOptions(
          size == 0 ? image.size() : size,
          preallocation,
          blockSize,
          uuid,
          modification,
          UUID.fromString((String) details.get(VdiImage.UUID_DETAIL)),
          UUID.fromString((String) details.get(VdiImage.MODIFICATION_DETAIL)));
    }
  }
}
