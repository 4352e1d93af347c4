package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;

/**
 * Files of the host that are copied into a guest. What fails here is kept apart from what fails
 * there: it is a plain {@link IOException} that says what is wrong with which file.
 */
final class HostFiles {
  private HostFiles() {}

  /** Does something with files of the host. */
  @FunctionalInterface
  interface Use<T> {
    T apply(Path path) throws IOException;
  }

  /** Is done for each file of a directory. */
  @FunctionalInterface
  interface Each {
    void accept(Path path) throws IOException;
  }

  private static <T> T use(Path path, Use<T> use) throws IOException {
    try {
      return use.apply(path);
    } catch (FileSystemException e) {
      throw new IOException(Problems.sentence(e), e);
    }
  }

  /** Opens a file; - is the standard input. */
  static InputStream open(String name) throws IOException {
    return name.equals(StandardStreams.NAME) ? System.in : read(Path.of(name));
  }

  static InputStream read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory");
    }
    return use(file, path -> Files.newInputStream(path));
  }

  /** Opens a file to be written, which may be there. */
  static OutputStream write(Path file) throws IOException {
    return use(file, path -> Files.newOutputStream(path));
  }

  static String linkTarget(Path link) throws IOException {
    return use(link, Files::readSymbolicLink).toString();
  }

  static Set<PosixFilePermission> permissions(Path file) throws IOException {
    return use(file, path -> Files.getPosixFilePermissions(path));
  }

  static FileTime modified(Path file) throws IOException {
    return use(file, path -> Files.getLastModifiedTime(path));
  }

  /** Visits the files of a directory of the host. */
  @SuppressWarnings("StreamResourceLeak") // it is closed here, which the check does not see
  static void forEach(Path directory, Each each) throws IOException {
    try (DirectoryStream<Path> children = use(directory, path -> Files.newDirectoryStream(path))) {
      for (Path child : children) {
        each.accept(child);
      }
    } catch (DirectoryIteratorException e) {
      throw new IOException(Problems.sentence(Objects.requireNonNull(e.getCause())), e);
    }
  }
}
