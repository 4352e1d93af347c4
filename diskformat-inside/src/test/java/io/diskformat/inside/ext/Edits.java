package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Edits of images, and what e2fsck says of them then. */
final class Edits {
  /** What it says of a volume that is as it must be: its passes, and a summary. */
  private static final List<Pattern> USUAL =
      List.of(
          Pattern.compile("e2fsck [0-9].*"),
          Pattern.compile("Pass [1-5]: Checking .*"),
          Pattern.compile(".*: [0-9]+/[0-9]+ files \\([0-9.]+% non-contiguous\\), .* blocks"));

  private Edits() {}

  /** What is done in an edit. */
  interface Script {
    void run(FileTreeEdit edit) throws IOException;
  }

  /** Makes an edit and commits it. */
  static void commit(Path image, Script script) throws IOException {
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
        FileTreeEdit edit = FileTrees.edit(device, Map.of())) {
      script.run(edit);
      edit.commit();
    }
  }

  /** Finds a file by its path, {@code /} alone for the root. */
  static FileNode find(FileTreeEdit edit, String path) throws IOException {
    FileNode node = edit.tree().root();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        if (node.kind() != Kind.DIRECTORY) {
          throw new NotDirectoryException(path);
        }
        node = node.find(name).orElseThrow(() -> new NoSuchFileException(path));
      }
    }
    return node;
  }

  static void write(FileTreeEdit edit, String path, long position, byte[] bytes)
      throws IOException {
    edit.write(find(edit, path), position, MemorySegment.ofArray(bytes));
  }

  /**
   * Fails unless e2fsck finds nothing at all. That it ends with 0 is not enough: it does so with
   * wrong checksums of groups.
   */
  static void assertSilent(Path image) throws IOException {
    assertEquals("", problem(image));
  }

  /** Returns what e2fsck finds, or that it would not have looked if it had not been asked to. */
  static String problem(Path image) throws IOException {
    try (FileChannel channel = FileChannel.open(image)) {
      ByteBuffer superblock = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(1024, channel.read(superblock, 1024));
      if (superblock.getShort(0x3A) != 1 || (superblock.getInt(0x60) & Features.RECOVER) != 0) {
        return "is not said to be clean";
      }
    }
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", image);
    boolean silent =
        (result.output() + "\n" + result.error())
            .lines()
            .allMatch(line ->
                line.isBlank() || USUAL.stream().anyMatch(usual -> usual.matcher(line).matches()));
    return result.exitCode() == 0 && silent ? "" : result.toString();
  }

  /**
   * Returns what e2fsck, as it is run when a system starts, does not repair, or finds then.
   *
   * @param file to write the image to
   */
  static String problemAfterRepair(Path file, byte[] image) throws IOException {
    Files.write(file, image);
    Oracle.Result repaired = Oracle.of("e2fsck").run("-p", file);
    return repaired.exitCode() > 1 ? repaired.toString() : problem(file);
  }
}
