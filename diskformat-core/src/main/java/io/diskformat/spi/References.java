package io.diskformat.spi;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The references of one image in a chain: resolves a name, asks the policy, opens. One object per
 * image, linked to the image above it.
 */
final class References {
  /** More than any tool makes, and few enough that recursion along the chain is no danger. */
  private static final int MAX_CHAIN = 200;

  /** A scheme before the first slash: QEMU would take such a name for a protocol. */
  private static final Pattern PROTOCOL = Pattern.compile("[^/]*:.*", Pattern.DOTALL);

  private final @Nullable References above;
  private final String image;
  private final @Nullable Path path;
  private final @Nullable Object fileKey;
  private final OpenOptions options;
  private final int depth;

  private References(
      @Nullable References above, String image, @Nullable Path path, OpenOptions options)
      throws IOException {
    this.above = above;
    this.image = image;
    this.path = path;
    this.fileKey = path == null ? null : fileKey(path);
    this.options = options;
    this.depth = above == null ? 0 : above.depth + 1;
  }

  /** Returns the references of an image that the caller itself named. */
  static References ofTop(Storage storage, OpenOptions options) throws IOException {
    return new References(null, storage.name(), storage.path().orElse(null), options);
  }

  private static Object fileKey(Path path) throws IOException {
    Object key =
        Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
    return key != null ? key : path.toRealPath();
  }

  DiskImage openImage(Reference.Kind kind, String name, Optional<String> format, boolean writable)
      throws IOException {
    return openTarget(kind + " \"" + name + "\"", allowed(kind, name), format, writable);
  }

  DiskImage openParent(ParentIdentity parent, boolean writable) throws IOException {
    String name = "{" + parent.uuid() + "}";
    Optional<Path> found =
        path == null ? Optional.empty() : options.parents().find(parent, path.toAbsolutePath());
    if (found.isEmpty()) {
      throw new ReferenceDeniedException(
          image,
          "parent",
          name,
          "nothing finds it (OpenOptions.parents; --references=same-directory looks beside the"
              + " image)");
    }
    Path target;
    try {
      target = found.get().toRealPath();
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(
          found.get().toString(),
          null,
          "no such file; it was said to be the parent " + name + " of " + image);
    }
    if (!Files.isRegularFile(target)) {
      throw new ReferenceDeniedException(
          image, "parent", name, "it leads to " + target + ", which is no regular file");
    }
    return openTarget("parent " + name, target, Optional.of(parent.format()), writable);
  }

  private DiskImage openTarget(String what, Path target, Optional<String> format, boolean writable)
      throws IOException {
    if (depth >= MAX_CHAIN) {
      throw new DiskFormatException(
          image + ": the chain of backing files is longer than " + MAX_CHAIN);
    }
    Object key = fileKey(target);
    for (References link = this; link != null; link = link.above) {
      if (key.equals(link.fileKey)) {
        throw new DiskFormatException(
            image + ": " + what + " is already part of the chain: " + link.image);
      }
    }
    OpenOptions below =
        (writable ? OpenOptions.writable() : OpenOptions.readOnly())
            .references(options.references())
            .parents(options.parents());
    if (options.isShared()) {
      below = below.shared();
    }
    if (format.isPresent()) {
      below = below.format(format.get());
    }
    Storage storage = openFile(target, writable, below.isShared());
    return Formats.open(storage, below, new References(this, storage.name(), target, below));
  }

  Storage openStorage(Reference.Kind kind, String name, boolean writable) throws IOException {
    return openFile(allowed(kind, name), writable, options.isShared());
  }

  private static Storage openFile(Path target, boolean writable, boolean shared)
      throws IOException {
    return FileStorage.open(target, writable, shared ? Sharing.UNLOCKED : Sharing.LOCKED);
  }

  /** Returns where a name leads, relative names being relative to the image's own directory. */
  Optional<Path> locate(String name) {
    if (path == null || name.isEmpty() || PROTOCOL.matcher(name).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(path.resolveSibling(name));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private Path allowed(Reference.Kind kind, String name) throws IOException {
    if (PROTOCOL.matcher(name).matches()) {
      throw new ReferenceDeniedException(image, kind.toString(), name, "it is no plain file name");
    }
    if (path == null) {
      throw new ReferenceDeniedException(
          image, kind.toString(), name, "the image is not a file, so the name leads nowhere");
    }
    Path named =
        locate(name)
            .orElseThrow(() ->
                new CorruptImageException(
                    image, "header", 0, "the name of the " + kind + " is no file name"));
    Path target;
    try {
      target = named.toRealPath();
    } catch (IOException e) {
      // Whether a file exists is told only to those who may open it.
      target = named.toAbsolutePath().normalize();
      if (!options.references().allows(new Reference(kind, name, path.toAbsolutePath(), target))) {
        throw denied(kind, name);
      }
      if (e instanceof NoSuchFileException) {
        throw new NoSuchFileException(
            named.toString(), null, "no such file; " + image + " names it as its " + kind);
      }
      // A loop of links, a file where a directory is named, a name that is too long.
      throw new DiskFormatException(
          image + ": the name of its " + kind + " leads nowhere: " + e.getMessage(), e);
    }
    if (!options.references().allows(new Reference(kind, name, path.toAbsolutePath(), target))) {
      throw denied(kind, name);
    }
    if (!Files.isRegularFile(target)) {
      throw new ReferenceDeniedException(
          image, kind.toString(), name, "it leads to " + target + ", which is no regular file");
    }
    return target;
  }

  private ReferenceDeniedException denied(Reference.Kind kind, String name) {
    return new ReferenceDeniedException(
        image,
        kind.toString(),
        name,
        "the reference policy does not allow it (OpenOptions.references, or --references)");
  }
}
