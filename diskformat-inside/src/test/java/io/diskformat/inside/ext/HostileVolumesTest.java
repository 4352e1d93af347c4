package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.inside.RandomFiles;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Volumes whose structures were changed: whatever they say, they are read, or a {@link
 * DiskFormatException} says why not, and none is gone over for ever.
 */
class HostileVolumesTest {
  private static final int MUTATIONS = Integer.getInteger("diskformat.mutations", 250);

  /** As many entries as any of these has, many times over. */
  private static final int MOST_VISITED = 100_000;

  private static final int MOST_READ = 64 << 20;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      names = {"EXT2_1K", "EXT3", "MODERN_1K", "INLINE_DATA", "NO_EXTENTS", "GROUP_CHECKSUMS"})
  void noMutationMatters(ExtFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(HostileVolumesTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, random.nextLong());
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    fillJournal(image);
    byte[] bytes = Files.readAllBytes(image);
    // Checksums would find nearly all of it.
    withoutChecksums(bytes);
    List<Integer> used = used(bytes);
    assertTrue(visit(bytes).visited > 100);
    long slowest = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      List<Change> changes = new ArrayList<>();
      String what = mutate(bytes, used, random, changes);
      try {
        visit(bytes);
      } catch (DiskFormatException e) {
        // It says what is wrong.
      } catch (IOException | RuntimeException | Error e) {
        throw new AssertionError(flavour + ", mutation " + i + ": " + what, e);
      } finally {
        for (Change change : changes.reversed()) {
          System.arraycopy(change.was(), 0, bytes, change.at(), change.was().length);
        }
      }
      long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began;
      slowest = Math.max(slowest, took);
    }
    System.out.println(flavour + ": " + slowest / 1_000_000 + " ms at most");
  }

  private void fillJournal(Path image) throws IOException {
    Path block = Files.write(directory.resolve("block"), new byte[1024]);
    Oracle.of("debugfs")
        .input("jo\njw -b 9000 " + block + "\njw -r 9001\njw -b 9002 " + block + "\njc\n")
        .run("-w", "-f", "-", image);
  }

  private static void withoutChecksums(byte[] bytes) {
    ByteBuffer superblock =
        ByteBuffer.wrap(bytes, 1024, 1024).slice().order(ByteOrder.LITTLE_ENDIAN);
    superblock.putInt(0x64, superblock.getInt(0x64) & ~0x410);
  }

  /** Returns the sectors that are not all zeroes; the first few more than once. */
  private static List<Integer> used(byte[] bytes) {
    List<Integer> used = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 512) {
      boolean empty = Arrays.equals(bytes, at, at + 512, new byte[512], 0, 512);
      // Content is of no interest, and looks random.
      int distinct =
          (int) new String(bytes, at, 512, StandardCharsets.ISO_8859_1).chars().distinct().count();
      if (!empty && distinct < 150) {
        used.add(at);
      }
    }
    for (int i = 0; i < used.size() / 20; i++) {
      used.add(1024);
    }
    return used;
  }

  /** What was somewhere before it was changed. */
  private record Change(int at, byte[] was) {}

  private static String mutate(
      byte[] bytes, List<Integer> used, Random random, List<Change> changes) {
    StringBuilder what = new StringBuilder();
    long[] limits = {
      0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL
    };
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = used.get(random.nextInt(used.size())) + random.nextInt(128) * 4;
      long value =
          random.nextBoolean() ? limits[random.nextInt(limits.length)] : random.nextInt(20_000);
      changes.add(new Change(at, Arrays.copyOfRange(bytes, at, at + 4)));
      switch (random.nextInt(3)) {
        case 0 -> bytes[at + random.nextInt(4)] = (byte) value;
        case 1 -> buffer.putShort(at + 2 * random.nextInt(2), (short) value);
        default -> buffer.putInt(at, (int) value);
      }
      what.append(value).append(" at ").append(at).append("; ");
    }
    return what.toString();
  }

  private static final class Visit {
    private int visited;
    private long read;
  }

  private static Visit visit(byte[] bytes) throws IOException {
    Visit visit = new Visit();
    try (BlockDevice device = new MemoryDevice(bytes)) {
      FileTree tree = new Ext().open(device, Map.of());
      visit(tree.root(), visit, 0);
    }
    return visit;
  }

  private static void visit(FileNode directory, Visit visit, int level) throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      if (++visit.visited > MOST_VISITED) {
        throw new AssertionError("more entries than there are");
      }
      try {
        visitFile(entry.node(), visit, level);
      } catch (DiskFormatException e) {
        // The others may be read all the same.
      }
    }
  }

  private static void visitFile(FileNode node, Visit visit, int level) throws IOException {
    node.attributes();
    node.extendedAttributes();
    if (node.kind() == Kind.DIRECTORY) {
      if (level < 200) {
        visit(node, visit, level + 1);
      }
    } else if (node.kind() == Kind.SYMBOLIC_LINK) {
      node.linkTarget();
    } else if (node.kind() == Kind.FILE) {
      node.ranges();
      try (BlockDevice content = node.content()) {
        byte[] some = new byte[(int) Math.min(content.size(), 1 << 16)];
        if (visit.read < MOST_READ) {
          content.read(0, some);
          content.read(content.size() - some.length, some);
          visit.read += 2L * some.length;
        }
      }
    }
  }
}
