package io.diskformat.opening;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageIdentity;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Searches the proposed files for those that may be the parent. Nothing is read from one unless the
 * policy allows it, and each counts once, whatever names it has.
 */
final class ParentSearch {
  /**
   * The largest number of files in a directory that is searched: each costs a read of its first
   * bytes.
   */
  private static final int MOST_FILES = 10_000;

  private final ParentIdentity wanted;
  private final References child;
  private final ImageOpener opener;
  private final String origin;

  /** The files that were found, by a key that is the same for all names of a file. */
  private final Map<Object, Path> found = new LinkedHashMap<>();

  private @Nullable ReferenceDeniedException denial;
  private @Nullable Path unreadable;

  ParentSearch(ParentIdentity wanted, References child, ImageOpener opener) {
    this.wanted = wanted;
    this.child = child;
    this.opener = opener;
    this.origin = "it was said to be the parent " + wanted.label() + " of " + child.image();
  }

  /** Returns why a file that might be the parent was not read, if there was one. */
  Optional<ReferenceDeniedException> denial() {
    return Optional.ofNullable(denial);
  }

  /** Returns those of the given files that may be opened. */
  List<Path> allowed(List<Path> files) throws IOException {
    for (Path file : files) {
      Path target = admit(file);
      if (target != null) {
        add(target);
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * Returns those of the given files that may be opened and have the parent's UUID. The caller
   * named them, so one that cannot be read is an error.
   */
  List<Path> among(List<Path> files) throws IOException {
    for (Path file : files) {
      Path target = admit(file);
      if (target != null && hasUuid(target)) {
        add(target);
      }
    }
    return List.copyOf(found.values());
  }

  /** Returns those files of a directory that may be opened and have the parent's UUID. */
  List<Path> in(Path directory, Path childFile) throws IOException {
    Path real = directory.toRealPath();
    for (Path file : filesOf(real)) {
      if (isCandidate(file, real, childFile)) {
        look(file);
      }
    }
    if (found.isEmpty() && unreadable != null) {
      throw new FileSystemException(
          unreadable.toString(),
          null,
          "cannot be read, and no other file there is the parent "
              + wanted.label()
              + " of "
              + childFile);
    }
    return List.copyOf(found.values());
  }

  private static List<Path> filesOf(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files = list.limit(MOST_FILES + 1).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (files.size() > MOST_FILES) {
      // If only some were searched, their order would decide which is found.
      throw new FileSystemException(
          directory.toString(),
          null,
          "has more than " + MOST_FILES + " files, too many to look for a parent among them");
    }
    return files;
  }

  /** Returns whether a file of a directory might be the parent, without opening it. */
  private boolean isCandidate(Path file, Path directory, Path childFile) {
    try {
      // Opening a pipe, for example, would block. And no image is its own parent.
      return Files.isRegularFile(file)
          && file.toRealPath().startsWith(directory)
          && !Files.isSameFile(file, childFile);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      unreadable = file;
      return false;
    }
  }

  /** Examines a file that nobody named, so that one that is no image is no error. */
  private void look(Path file) throws IOException {
    Path target;
    try {
      target = admit(file);
    } catch (DiskFormatException | NoSuchFileException e) {
      // It was deleted meanwhile.
      return;
    }
    if (target == null) {
      return;
    }
    try {
      if (hasUuid(target)) {
        add(target);
      }
    } catch (DiskFormatException | NoSuchFileException e) {
      // It is damaged, or was deleted meanwhile.
    } catch (IOException e) {
      unreadable = file;
    }
  }

  /** Returns where a file's name leads, or null if it may not be opened. */
  private @Nullable Path admit(Path file) throws IOException {
    try {
      return child.admit(Reference.Kind.PARENT, wanted.label(), file, origin);
    } catch (ReferenceDeniedException e) {
      denial = e;
      return null;
    }
  }

  private void add(Path target) throws IOException {
    var _ = found.putIfAbsent(References.fileKey(target), target);
  }

  private boolean hasUuid(Path target) throws IOException {
    try (Storage storage = open(target)) {
      if (!Formats.probe(storage).equals(Optional.of(wanted.format()))) {
        return false;
      }
      return describe(storage).filter(wanted::isNamedBy).isPresent();
    }
  }

  /** Returns the UUIDs of the image in a file, which is opened as one of the parent's format. */
  Optional<ImageIdentity> identity(Path target) throws IOException {
    try (Storage storage = open(target)) {
      return describe(storage);
    }
  }

  private static Storage open(Path target) throws IOException {
    return FileStorage.open(target, false, Sharing.UNLOCKED);
  }

  private Optional<ImageIdentity> describe(Storage storage) throws IOException {
    OpenOptions metadata = OpenOptions.readOnly().format(wanted.format()).metadataOnly().shared();
    try (DiskImage image = opener.open(storage, metadata, References.ofTop(storage, metadata))) {
      return image.info().identity();
    }
  }
}
