package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Makes temporary directories in memory, where there is room: most of what a service does costs the
 * time in which a disk makes it durable, which no test of calls that fail, or of processes that are
 * killed, has to wait for. Such processes unpack libraries there: where a container lets none be
 * loaded from memory, the directories are where others are.
 */
public final class QuickDirectory implements TempDirFactory {
  private static final Path MEMORY = Path.of("/dev/shm");

  /** In bytes; a service leaves some of it free. */
  private static final long ROOM = 1L << 30;

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    boolean isQuick =
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > ROOM;
    if (isQuick) {
      Path quick = Files.createTempDirectory(MEMORY, "junit");
      if (isForLibraries(quick)) {
        return quick;
      }
      Files.delete(quick);
    }
    return Files.createTempDirectory("junit");
  }

  private static boolean isForLibraries(Path directory) throws IOException {
    Path library =
        Files.createFile(
            directory.resolve("library"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      return Files.isExecutable(library);
    } finally {
      Files.delete(library);
    }
  }
}
