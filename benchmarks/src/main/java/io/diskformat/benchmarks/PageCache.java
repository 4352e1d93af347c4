package io.diskformat.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Loads files into the page cache and drops them from it. */
public final class PageCache {
  private PageCache() {}

  /**
   * Reads the first bytes of a file by large reads. If none of it was cached before, it is then
   * cached in large pages, whoever wrote it.
   */
  public static void load(Path path, long length) throws IOException {
    ByteBuffer piece = Content.piece().asByteBuffer();
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      for (long at = 0; at < length && file.read(piece.clear(), at) >= 0; ) {
        at += piece.position();
      }
    }
  }

  /**
   * Drops a file from the page cache, if it is written back and nobody has mapped it. Needs no
   * privilege, but GNU dd; returns false without it.
   */
  static boolean drop(Path path) throws IOException {
    return Commands.run(List.of("dd", "if=" + path, "iflag=nocache", "count=0", "status=none"));
  }

  /**
   * Returns how much of this process' mapping of a file is by large pages, in percent, or -1 if
   * that is not known. Reads through small ones take longer, so two files are to be compared only
   * if these shares are similar.
   */
  static long largePages(Path path) throws IOException {
    Path mappings = Path.of("/proc/self/smaps");
    if (!Files.isReadable(mappings)) {
      return -1;
    }
    boolean ours = false;
    long resident = 0;
    long large = 0;
    for (String line : Files.readAllLines(mappings)) {
      if (line.matches("[0-9a-f]+-.*")) {
        ours = line.endsWith("/" + path.getFileName());
      } else if (ours && line.startsWith("Rss:")) {
        resident += kibibytes(line);
      } else if (ours && line.startsWith("FilePmdMapped:")) {
        large += kibibytes(line);
      }
    }
    return resident == 0 ? -1 : large * 100 / resident;
  }

  private static long kibibytes(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", ""));
  }

  /**
   * Returns how many bytes were read from storage devices for this process, or -1 if that is not
   * known.
   */
  static long bytesFromDisk() throws IOException {
    Path counters = Path.of("/proc/self/io");
    if (Files.isReadable(counters)) {
      for (String line : Files.readAllLines(counters)) {
        if (line.startsWith("read_bytes: ")) {
          return Long.parseLong(line.substring(line.indexOf(' ') + 1));
        }
      }
    }
    return -1;
  }
}
