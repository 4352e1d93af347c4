package io.diskformat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks for a parent among the files of a directory. */
final class ParentSearch {
  /** So many files are looked at; each costs a read of its first bytes. */
  private static final int MOST_FILES = 10_000;

  private final ParentIdentity wanted;
  private @Nullable Path changed;

  ParentSearch(ParentIdentity wanted) {
    this.wanted = wanted;
  }

  Optional<Path> in(Path directory) throws IOException {
    Path real = directory.toRealPath();
    List<Path> files;
    try (Stream<Path> list = Files.list(real)) {
      files = list.limit(MOST_FILES).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path file : files) {
      if (isParent(file, real)) {
        return Optional.of(file);
      }
    }
    return Optional.ofNullable(changed);
  }

  private boolean isParent(Path file, Path directory) {
    try {
      // A pipe, for example, would be waited for.
      if (!Files.isRegularFile(file)
          || !file.toRealPath().startsWith(directory)
          || !DiskImages.probe(file).equals(Optional.of(wanted.format()))) {
        return false;
      }
      try (DiskImage image = DiskImages.open(file, metadata())) {
        ImageInfo info = image.info();
        if (changed == null && wanted.isNamedBy(info)) {
          changed = file;
        }
        return wanted.isMetBy(info);
      }
    } catch (IOException e) {
      // What cannot be read is not it.
      return false;
    }
  }

  private OpenOptions metadata() {
    return OpenOptions.readOnly().format(wanted.format()).metadataOnly().shared();
  }
}
