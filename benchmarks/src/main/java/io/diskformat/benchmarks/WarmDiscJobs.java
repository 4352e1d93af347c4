package io.diskformat.benchmarks;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Does something with all files of a disc again and again inside one JVM, and prints a line for
 * each round: the seconds that it took, and the seconds of its CPU time.
 */
public final class WarmDiscJobs {
  private static final int BUFFER = 1 << 20;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private long found;

  private WarmDiscJobs() {}

  /** Runs: {@code list|long|read IMAGE ROUNDS}, or {@code extract IMAGE ROUNDS DIRECTORY}. */
  public static void main(String[] args) throws IOException {
    Path image = Path.of(args[1]);
    for (int round = Integer.parseInt(args[2]); round > 0; round--) {
      Path target = args.length > 3 ? Path.of(args[3]) : image;
      if (args[0].equals("extract")) {
        delete(target);
      }
      // One thread does it all; that of the process counts no less than 10 ms.
      ThreadMXBean thread = ManagementFactory.getThreadMXBean();
      long cpu = thread.getCurrentThreadCpuTime();
      long wall = System.nanoTime();
      new WarmDiscJobs().run(args[0], image, target);
      System.out.printf(
          Locale.ROOT,
          "%.4f %.4f%n",
          (System.nanoTime() - wall) / 1e9,
          (thread.getCurrentThreadCpuTime() - cpu) / 1e9);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      List<Path> all;
      try (Stream<Path> files = Files.walk(directory)) {
        all = files.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : all) {
        Files.delete(path);
      }
    }
  }

  private void run(String job, Path image, Path target) throws IOException {
    if (job.equals("extract")) {
      try (FileSystem files = DiskFileSystems.open(image)) {
        found = TreeExtraction.of(files.getPath("/")).to(target).files();
      }
    } else {
      try (DiskImage disc = DiskImages.open(image)) {
        list(FileTrees.open(disc, Map.of()).root(), job);
      }
    }
    if (found == 0) {
      throw new IOException("nothing is on " + image);
    }
  }

  private void list(FileNode directory, String job) throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      FileNode node = entry.node();
      found += entry.name().length();
      if (job.equals("long")) {
        found += node.attributes().size() + node.attributes().modified().hashCode();
      }
      if (node.kind() == NodeAttributes.Kind.DIRECTORY) {
        list(node, job);
      } else if (node.kind() == NodeAttributes.Kind.FILE && job.equals("read")) {
        read(node.content());
      }
    }
  }

  private void read(BlockDevice content) throws IOException {
    content.willRead(0, content.size());
    for (long at = 0; at < content.size(); at += BUFFER) {
      buffer.clear().limit((int) Math.min(BUFFER, content.size() - at));
      content.read(at, buffer);
    }
  }
}
