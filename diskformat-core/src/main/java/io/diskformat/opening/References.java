package io.diskformat.opening;

import io.diskformat.DiskFormatException;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferenceDeniedException.Reason;
import io.diskformat.spi.NameBytes;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The references of one image in a chain, and the one gate that they go through: it resolves a
 * name, asks the policy and opens the file. One object per image, linked to that of the image above
 * it.
 */
final class References {
  /**
   * The largest number of images below the first: more than any tool makes, and few enough that
   * recursion along the chain is safe.
   */
  private static final int MAX_CHAIN = 200;

  /** The largest number of symbolic links in a path: that of the Linux kernel. */
  private static final int MAX_LINKS = 40;

  private final @Nullable References above;
  private final String image;
  private final @Nullable Path path;

  /** The same file as {@code path}, but as the caller and the images above spelled it. */
  private final @Nullable Path spelled;

  private final OpenOptions options;
  private final int depth;

  private final @Nullable Object fileKey;

  /**
   * The names in error messages of the data files and extents that the image has opened, by file
   * key.
   */
  private final Map<Object, String> data = new ConcurrentHashMap<>();

  /** The data files that were created for a new image, by the names that it records for them. */
  private final Map<String, Storage> made;

  private References(
      @Nullable References above,
      String image,
      @Nullable Path path,
      @Nullable Path spelled,
      @Nullable Object fileKey,
      OpenOptions options,
      Map<String, Storage> made) {
    this.above = above;
    this.image = image;
    this.path = path;
    this.spelled = spelled;
    this.fileKey = fileKey;
    this.options = options;
    this.made = made;
    this.depth = above == null ? 0 : above.depth + 1;
  }

  /** Returns the references of an image that the caller itself named. */
  static References ofTop(Storage storage, OpenOptions options) throws IOException {
    Path path = storage.path().orElse(null);
    Object key = path == null ? null : fileKey(path);
    return new References(null, storage.name(), path, path, key, options, Map.of());
  }

  /**
   * Returns the references of a new image.
   *
   * @param path its final path; a file that is there now cannot be part of its chain
   * @param made data files that have no name yet
   */
  static References ofNew(
      Path path, Storage storage, OpenOptions options, Map<String, Storage> made)
      throws IOException {
    Object key = Files.exists(path) ? fileKey(path) : null;
    return new References(null, storage.name(), path, path, key, options, made);
  }

  /**
   * Returns a key that is the same for all names of a file, and differs from that of every other
   * file.
   */
  static Object fileKey(Path path) throws IOException {
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return key != null ? key : path.toRealPath();
  }

  /** An image below another, whose file is open. */
  record Below(Storage storage, OpenOptions options, References references) {}

  /** Opens the file of the backing file that this image names. */
  Below backing(String name, Optional<String> format, boolean writable) throws IOException {
    Reference.Kind kind = Reference.Kind.BACKING_FILE;
    BackingName said;
    Optional<String> ofBoth;
    try {
      said = BackingName.of(name);
      ofBoth = said.format(format);
    } catch (IllegalArgumentException e) {
      throw denied(kind, name, Reason.NO_FILE_NAME, String.valueOf(e.getMessage()));
    }
    Path target = named(kind, name, said.file());
    return below(kind + " \"" + name + "\"", target, spelled(said.file()), ofBoth, writable);
  }

  /**
   * Opens the file of the parent that this image records without a name.
   *
   * @param target the file, as {@link #admit} returned it
   */
  Below parent(ParentIdentity parent, Path target, boolean writable) throws IOException {
    return below(
        Reference.Kind.PARENT + " " + parent.label(),
        target,
        target,
        Optional.of(parent.format()),
        writable);
  }

  /**
   * Opens the file of an image below.
   *
   * @param newlySpelled the file, as the caller would spell it
   */
  private Below below(
      String what, Path target, Path newlySpelled, Optional<String> format, boolean writable)
      throws IOException {
    if (depth >= MAX_CHAIN) {
      throw new DiskFormatException(
          image + ": the chain of backing files is longer than " + MAX_CHAIN);
    }
    options.limits().checkChain(image, depth + 2);
    options.limits().checkDeadline(image);
    Object key = fileKey(target);
    requireNotInChain(key, what, this);
    OpenOptions below =
        (writable ? OpenOptions.writable() : OpenOptions.readOnly())
            .references(options.references())
            .parents(options.parents())
            .limits(options.limits());
    if (options.isShared()) {
      below = below.shared();
    }
    if (options.isMetadataOnly()) {
      below = below.metadataOnly();
    }
    if (format.isPresent()) {
      below = below.format(format.get());
    }
    if (options.secret().isPresent()) {
      below = below.secret(options.secret().get());
    }
    // If a link leads to another directory, names in the image are relative to that directory.
    Path base = isInSameDirectory(newlySpelled, target) ? newlySpelled : target;
    Storage storage = openFile(target, newlySpelled, writable, below.isShared());
    return new Below(
        storage, below, new References(this, storage.name(), target, base, key, below, Map.of()));
  }

  /** Opens a data file or an extent that this image names. */
  Storage openStorage(Reference.Kind kind, String name, boolean writable) throws IOException {
    Storage own = made.get(name);
    if (own != null) {
      return own;
    }
    if (ReferenceName.isProtocol(name)) {
      throw denied(kind, name, Reason.NO_FILE_NAME, "it is no plain file name");
    }
    Path target = named(kind, name, name);
    Object key = fileKey(target);
    requireNotInChain(key, kind + " \"" + name + "\"", above);
    Storage storage = openFile(target, spelled(name), writable, options.isShared());
    data.put(key, storage.name());
    return storage;
  }

  /**
   * Requires that the chain down to this image does not have a file open. Where one of two openings
   * is for writing, the lock would only report that another process uses the file.
   *
   * @param withData the lowest image whose data files and extents count, too
   */
  private void requireNotInChain(Object key, String what, @Nullable References withData)
      throws DiskFormatException {
    boolean data = false;
    for (References link = this; link != null; link = link.above) {
      data |= link == withData;
      String already = key.equals(link.fileKey) ? link.image : data ? link.data.get(key) : null;
      if (already != null) {
        throw new DiskFormatException(
            image + ": " + what + " is already part of the chain: " + already);
      }
    }
  }

  private static Storage openFile(Path target, Path spelled, boolean writable, boolean shared)
      throws IOException {
    Sharing sharing = shared ? Sharing.UNLOCKED : Sharing.LOCKED;
    return FileStorage.open(target, spelled.toString(), writable, sharing);
  }

  /** Returns a file that this image names, spelled as the image spells it, as QEMU does. */
  private Path spelled(String name) {
    return Objects.requireNonNull(spelled).resolveSibling(name);
  }

  private static boolean isInSameDirectory(Path spelled, Path target) throws IOException {
    Path directory = spelled.toAbsolutePath().getParent();
    return directory != null && directory.toRealPath().equals(target.getParent());
  }

  /**
   * Returns where a name leads, spelled as by {@link #spelled(String)}, relative names taken
   * relative to the image's own directory.
   */
  Optional<Path> locate(String name) {
    return spelled == null ? Optional.empty() : BackingName.locate(name, spelled);
  }

  String image() {
    return image;
  }

  OpenOptions options() {
    return options;
  }

  /** Returns the absolute path of the image's file, if it is one. */
  Optional<Path> path() {
    return Optional.ofNullable(path).map(Path::toAbsolutePath);
  }

  private Path named(Reference.Kind kind, String name, String fileName) throws IOException {
    if (path == null) {
      throw denied(
          kind, name, Reason.NO_FILE_NAME, "the image is not a file, so the name leads nowhere");
    }
    Path file =
        ReferenceName.locateFile(fileName, path)
            .orElseThrow(() ->
                new DiskFormatException(
                    image + ": the name of its " + kind + " " + NameBytes.problem(fileName)));
    return admit(kind, name, file, image + " names it as its " + kind);
  }

  /**
   * Returns the file that a path leads to, if it may be opened.
   *
   * @param name the name or UUID that the image records for it
   * @param origin where the path comes from, for a message
   */
  Path admit(Reference.Kind kind, String name, Path file, String origin) throws IOException {
    Path target;
    try {
      target = file.toRealPath();
    } catch (IOException e) {
      // Whether a file exists is reported only if the policy allows to open it.
      var _ = requireAllowed(kind, name, leadsTo(file.toAbsolutePath(), MAX_LINKS).normalize());
      if (e instanceof NoSuchFileException) {
        throw new NoSuchFileException(file.toString(), null, "no such file; " + origin);
      }
      // A loop of links, a file where a directory is named, a name that is too long.
      throw new DiskFormatException(
          image + ": the name of its " + kind + " leads nowhere: " + e.getMessage(), e);
    }
    Reference reference = requireAllowed(kind, name, target);
    if (!Files.isRegularFile(target) && !isAllowedDevice(reference)) {
      throw denied(
          kind,
          name,
          Reason.NO_REGULAR_FILE,
          "it leads to " + target + ", which is no regular file");
    }
    return target;
  }

  /**
   * Returns where a path that leads to no file would lead, as far as its directories and links
   * exist.
   */
  private static Path leadsTo(Path path, int links) throws IOException {
    Path directory = path.getParent();
    if (Files.exists(path) || directory == null) {
      return path.toRealPath();
    }
    if (links > 0 && Files.isSymbolicLink(path)) {
      return leadsTo(directory.resolve(Files.readSymbolicLink(path)), links - 1);
    }
    return leadsTo(directory, links).resolve(path.getFileName());
  }

  private Reference requireAllowed(Reference.Kind kind, String name, Path target)
      throws IOException {
    Reference reference = new Reference(kind, name, path().orElseThrow(), target);
    if (!options.references().allows(reference)) {
      throw denied(kind, name, Reason.POLICY, "the reference policy does not allow it");
    }
    return reference;
  }

  /** Returns whether the policy allows a device. A storage opens no other than a block device. */
  private boolean isAllowedDevice(Reference reference) throws IOException {
    return reference.kind() == Reference.Kind.EXTENT
        && options.references().allowsDevice(reference);
  }

  ReferenceDeniedException denied(
      Reference.Kind kind, String name, Reason reason, String explanation) {
    return new ReferenceDeniedException(image, kind.toString(), name, reason, explanation);
  }
}
