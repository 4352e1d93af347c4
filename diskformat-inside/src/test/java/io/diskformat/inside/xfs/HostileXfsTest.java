package io.diskformat.inside.xfs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * Volumes whose structures were changed, with their checksums right: whatever they say, they are
 * read, or a {@link DiskFormatException} says why not, and none is gone over for ever.
 */
class HostileXfsTest {
  private static final int MUTATIONS = Integer.getInteger("diskformat.mutations", 300);

  /** As many entries as any of these has, many times over. */
  private static final int MOST_VISITED = 100_000;

  private static final int MOST_READ = 16 << 20;
  private static final int BLOCKS = 402;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "MODERN"})
  void noMutationMatters(XfsFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(HostileXfsTest.class, 1) + flavour.ordinal());
    byte[] bytes = make(flavour, random.nextLong());
    List<Integer> used = used(bytes);
    assertTrue(visit(bytes).visited > 100);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      List<Change> changes = new ArrayList<>();
      String what = mutate(bytes, used, random, changes);
      try {
        refused += visit(bytes).refused > 0 ? 1 : 0;
      } catch (DiskFormatException e) {
        // It says what is wrong.
        refused++;
      } catch (IOException | RuntimeException | Error e) {
        throw new AssertionError(flavour + ", mutation " + i + ": " + what, e);
      } finally {
        for (Change change : changes.reversed()) {
          System.arraycopy(change.was(), 0, bytes, change.at(), change.was().length);
        }
      }
    }
    // Or they do not get to where anything is checked.
    assertTrue(refused > MUTATIONS / 10, refused + " refused");
  }

  /** Makes an image with all that there may be in one. */
  private byte[] make(XfsFlavour flavour, long seed) throws IOException {
    Prototype tree = new Prototype(directory, seed, flavour.isVersion4(), 100);
    Path prototype = tree.write(directory.resolve("prototype"));
    byte[] content = new byte[BLOCKS * 4096];
    new Random(seed).nextBytes(content);
    Path large = Files.write(directory.resolve("large"), content);
    Path small = Files.write(directory.resolve("small"), new byte[10]);
    StringBuilder text = new StringBuilder(Files.readString(prototype));
    text.setLength(text.length() - "$\n".length());
    text.append("scattered ---644 0 0 " + large + "\n");
    for (String name : List.of("short", "leaf", "node")) {
      text.append(name + " ---644 0 0 " + small + "\n");
    }
    Files.writeString(prototype, text + "$\n");
    Path image = directory.resolve("image");
    flavour.make(image, prototype);
    // Short ones first: in version 4, xfs_db fails where a file's first one is long.
    for (String name : List.of("short", "leaf", "node")) {
      attributes(image, name, 2, 10);
    }
    attributes(image, "leaf", 8, 100);
    attributes(image, "leaf", 1, 9000);
    attributes(image, "node", 80, 400);
    byte[] bytes = Files.readAllBytes(image);
    XfsVolume volume = new XfsVolume(new DeviceBytes(new MemoryDevice(bytes)));
    FileNode file =
        new Xfs().open(volume.device(), Map.of()).root().find("scattered").orElseThrow();
    Inode inode = volume.inode(file.attributes().unix().orElseThrow().inode());
    byte[] scattered = Structures.scatter(bytes, volume, inode, content);
    assertTrue(scattered.length > content.length);
    return bytes;
  }

  private static void attributes(Path image, String file, int count, int size) {
    List<Object> arguments = new ArrayList<>(List.of("-x", "-c", "path /" + file));
    for (int i = 0; i < count; i++) {
      arguments.addAll(List.of("-c", "attr_set -u -v %d name%d-%d".formatted(size, size, i)));
    }
    arguments.add(image);
    Oracle.of("xfs_db").run(arguments.toArray()).orFail();
  }

  /** Returns the sectors that are not all zeroes; those of most interest more than once. */
  private static List<Integer> used(byte[] bytes) {
    List<Integer> used = new ArrayList<>();
    List<Integer> blocks = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 512) {
      boolean empty = Arrays.equals(bytes, at, at + 512, new byte[512], 0, 512);
      // Content is of no interest, and looks random.
      int distinct =
          (int) new String(bytes, at, 512, StandardCharsets.ISO_8859_1).chars().distinct().count();
      if (!empty && distinct < 150) {
        int mark = ByteBuffer.wrap(bytes).getInt(at);
        boolean isOfInterest = mark >>> 16 == 0x5844 || mark >>> 16 == 0x424D;
        (isOfInterest ? blocks : used).add(at);
      }
    }
    int inodes = used.size();
    for (int i = 0; i < inodes / 20; i++) {
      used.add(0);
      used.addAll(blocks);
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
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int change = random.nextInt(3); change >= 0; change--) {
      // Headers are of more interest than what comes after.
      int words = random.nextBoolean() ? 32 : 128;
      int at = used.get(random.nextInt(used.size())) + random.nextInt(words) * 4;
      int block = at / 4096 * 4096;
      long value =
          random.nextBoolean() ? limits[random.nextInt(limits.length)] : random.nextInt(20_000);
      changes.add(new Change(block, Arrays.copyOfRange(bytes, block, block + 4096)));
      switch (random.nextInt(3)) {
        case 0 -> bytes[at + random.nextInt(4)] = (byte) value;
        case 1 -> buffer.putShort(at + 2 * random.nextInt(2), (short) value);
        default -> buffer.putInt(at, (int) value);
      }
      if ((bytes[0x65] & 0xF) == 5) {
        Structures.sealAround(bytes, at);
      }
      what.append(value).append(" at ").append(at).append("; ");
    }
    return what.toString();
  }

  private static final class Visit {
    private int visited;
    private int refused;
    private long read;
  }

  private static Visit visit(byte[] bytes) throws IOException {
    Visit visit = new Visit();
    try (BlockDevice device = new MemoryDevice(bytes)) {
      FileTree tree = new Xfs().open(device, Map.of("journal", "ignore"));
      visit(tree.root(), visit, 0);
      FileTree _ = new Xfs().open(device, Map.of());
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
        visit.refused++;
      }
    }
  }

  private static void visitFile(FileNode node, Visit visit, int level) throws IOException {
    var _ = node.attributes();
    var _ = node.extendedAttributes();
    if (node.kind() == Kind.DIRECTORY) {
      if (level < 200) {
        visit(node, visit, level + 1);
      }
    } else if (node.kind() == Kind.SYMBOLIC_LINK) {
      var _ = node.linkTarget();
    } else if (node.kind() == Kind.FILE) {
      var _ = node.ranges();
      try (BlockDevice content = node.content()) {
        byte[] some = new byte[(int) Math.min(content.size(), 1 << 13)];
        if (visit.read < MOST_READ) {
          content.read(0, some);
          content.read(content.size() - some.length, some);
          visit.read += 2L * some.length;
        }
      }
    }
  }
}
