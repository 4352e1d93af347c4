package io.diskformat.cli;

import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DiskFileSystems;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;

/** How much space files take: what is stored of each, in blocks. */
final class StoredSize {
  private static final long BLOCK = 4096;
  private static final int KIBIBYTE = 1024;

  private StoredSize() {}

  /** Returns the KiB of a file, or of a directory and all that is in it; a block each at least. */
  static long kibibytes(Path top) throws IOException {
    long[] bytes = new long[1];
    Set<Object> seen = new HashSet<>();
    Path _ =
        Files.walkFileTree(
            top,
            new SimpleFileVisitor<>() {
              @Override
              public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                bytes[0] += BLOCK;
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
                  throws IOException {
                // A file with several names counts once.
                Object key = attributes.fileKey();
                if (attributes.isRegularFile() && (key == null || seen.add(key))) {
                  bytes[0] += stored(path);
                }
                return FileVisitResult.CONTINUE;
              }
            });
    return Math.ceilDiv(bytes[0], KIBIBYTE);
  }

  private static long stored(Path file) throws IOException {
    long stored = 0;
    for (ByteRange range : DiskFileSystems.ranges(file)) {
      stored += range.isHole() ? 0 : Math.ceilDiv(range.length(), BLOCK) * BLOCK;
    }
    return stored;
  }
}
