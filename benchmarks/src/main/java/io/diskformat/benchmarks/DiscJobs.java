package io.diskformat.benchmarks;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ProgressListener;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.TreeExtraction;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What {@link WarmJobs} does with discs: with all files of one, each time. */
final class DiscJobs {
  private static final int BUFFER = 1 << 20;
  private static final ByteBuffer TARGET = ByteBuffer.allocateDirect(BUFFER);

  private long found;

  private DiscJobs() {}

  static WarmJobs.Job job(String verb, List<String> words) {
    Path first = Path.of(words.getFirst());
    return switch (verb) {
      case "disc" -> () -> make(first, Path.of(words.get(1)));
      case "extract" -> () -> extract(first, Path.of(words.get(1)));
      default -> () -> read(verb, first);
    };
  }

  private static void make(Path directory, Path image) throws IOException {
    var _ =
        new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD))
            .addTree("/", directory)
            .write(image, true, ProgressListener.NONE);
  }

  private static void extract(Path image, Path target) throws IOException {
    try (FileSystem files = DiskFileSystems.open(image)) {
      if (TreeExtraction.of(files.getPath("/")).to(target).files() == 0) {
        throw new IOException("nothing is on " + image);
      }
    }
  }

  private static void read(String verb, Path image) throws IOException {
    DiscJobs walk = new DiscJobs();
    try (DiskImage disc = DiskImages.open(image)) {
      walk.list(FileTrees.open(disc, Map.of()).root(), verb);
    }
    if (walk.found == 0) {
      throw new IOException("nothing is on " + image);
    }
  }

  private void list(FileNode directory, String verb) throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      FileNode node = entry.node();
      found += entry.name().length();
      if (verb.equals("long")) {
        found += node.attributes().size() + node.attributes().modified().hashCode();
      }
      if (node.kind() == NodeAttributes.Kind.DIRECTORY) {
        list(node, verb);
      } else if (node.kind() == NodeAttributes.Kind.FILE && verb.equals("read")) {
        read(node.content());
      }
    }
  }

  private static void read(BlockDevice content) throws IOException {
    content.willRead(0, content.size());
    for (long at = 0; at < content.size(); at += BUFFER) {
      TARGET.clear().limit((int) Math.min(BUFFER, content.size() - at));
      content.read(at, TARGET);
    }
  }
}
