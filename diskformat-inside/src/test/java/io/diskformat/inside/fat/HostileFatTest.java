package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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
class HostileFatTest {
  private static final int MUTATIONS = Integer.getInteger("diskformat.mutations", 250);

  /**
   * A directory has 65,536 entries at most, and these volumes have some ten. Entries of FAT do not
   * say what they are, so that each chain that was changed may lead into all of the volume.
   */
  private static final int MOST_VISITED = 1_000_000;

  private static final int MOST_READ = 16 << 20;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"FLOPPY", "FAT16", "FAT32"})
  void noMutationMatters(FatFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(HostileFatTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    FatFiles.fill(files, random.nextLong());
    Path image = directory.resolve("image");
    flavour.make(image);
    FatFiles.copy(files, image);
    byte[] bytes = Files.readAllBytes(image);
    List<Integer> used = used(bytes);
    assertTrue(visit(bytes).visited > 150);
    for (int i = 0; i < MUTATIONS; i++) {
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
    }
  }

  /** An edit of a volume whose structures were changed is refused, or makes what can be read. */
  @ParameterizedTest
  @EnumSource
  void noMutationMattersToAnEdit(FatCrashTest.Small flavour) throws IOException {
    Random random = new Random(Seeds.of(HostileFatTest.class, 1) + flavour.ordinal());
    RecordedDevice filled = new RecordedDevice(flavour.make(directory.resolve("image")));
    FatModel model = new FatModel(random.nextLong());
    try (FileTreeEdit edit = new Fat().edit(filled, Map.of())) {
      model.change(edit, 40);
      edit.commit();
    }
    byte[] bytes = filled.bytes();
    List<Integer> used = used(bytes);
    used.removeIf(at -> bytes[at] == 'A' && bytes[at + 511] == 'A');
    int committed = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = bytes.clone();
      String what = mutate(mutated, used, random, new ArrayList<>());
      RecordedDevice device = new RecordedDevice(mutated);
      boolean written = false;
      try (FileTreeEdit edit = new Fat().edit(device, Map.of())) {
        change(edit, random);
        written = true;
        edit.commit();
        committed++;
        visit(device.bytes());
      } catch (DiskFormatException e) {
        assertTrue(written || device.writes() == 0, what);
      } catch (IOException | RuntimeException | Error e) {
        throw new AssertionError(flavour + ", mutation " + i + ": " + what, e);
      }
    }
    assertTrue(committed > MUTATIONS / 10, committed + " were committed");
    assertTrue(committed < MUTATIONS, "none was refused");
  }

  /** Makes some changes of each kind, wherever there are files. */
  private static void change(FileTreeEdit edit, Random random) throws IOException {
    for (int i = 0; i < 12; i++) {
      FileNode directory = edit.tree().root();
      List<String> names = MadeFat.names(directory);
      String name = names.isEmpty() ? "none" : names.get(random.nextInt(names.size()));
      FileNode found = directory.find(name).orElse(directory);
      boolean inside = found.kind() == Kind.DIRECTORY && random.nextBoolean();
      try {
        switch (random.nextInt(7)) {
          case 0 -> edit.delete(directory, name);
          case 1 -> edit.createFile(inside ? found : directory, "a new name " + i, 0644);
          case 2 -> edit.createDirectory(inside ? found : directory, "D" + i, 0755);
          case 3 -> edit.write(found, random.nextInt(9000), MemorySegment.ofArray(new byte[3000]));
          case 4 -> edit.setSize(found, random.nextInt(9000));
          case 5 -> edit.setTimes(found, FileTime.fromMillis(i), null);
          default -> edit.rename(directory, name, inside ? found : directory, "renamed " + i);
        }
      } catch (FileSystemException e) {
        // There is no such file, or no room.
        continue;
      } catch (UnsupportedFeatureException e) {
        // The root has no times.
        continue;
      }
    }
  }

  /** Returns the sectors that are not all zeroes, and no content; the first one more than once. */
  private static List<Integer> used(byte[] bytes) {
    List<Integer> used = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 512) {
      boolean empty = Arrays.equals(bytes, at, at + 512, new byte[512], 0, 512);
      int distinct =
          (int) new String(bytes, at, 512, StandardCharsets.ISO_8859_1).chars().distinct().count();
      if (!empty && distinct < 200) {
        used.add(at);
      }
    }
    for (int i = used.size() / 20; i >= 0; i--) {
      used.add(0);
    }
    return used;
  }

  /** What was somewhere before it was changed. */
  private record Change(int at, byte[] was) {}

  private static String mutate(
      byte[] bytes, List<Integer> used, Random random, List<Change> changes) {
    StringBuilder what = new StringBuilder();
    long[] limits = {
      0,
      1,
      2,
      5,
      0x0F,
      0x10,
      0x2E,
      0x41,
      0x7F,
      0x80,
      0xE5,
      0xFF,
      0x7FFF,
      0xFFF7,
      0xFFFF,
      0x0FFF_FFF7L,
      0x7FFF_FFFF,
      0x8000_0000L,
      0xFFFF_FFFFL
    };
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int change = random.nextInt(4); change >= 0; change--) {
      int sector = used.get(random.nextInt(used.size()));
      // What the first sector says is at its beginning.
      int at = sector + random.nextInt(sector == 0 ? 24 : 128) * 4;
      long value =
          random.nextBoolean() ? limits[random.nextInt(limits.length)] : random.nextInt(600);
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
      DeviceBytes volume = new DeviceBytes(device);
      long used = UsedSpace.of(volume, BootSector.read(volume)).orElse(0);
      assertTrue(used >= 0);
      FileTree tree = new Fat().open(device, Map.of());
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
      String name = entry.name();
      assertTrue(!name.isEmpty() && !name.equals(".") && !name.equals(".."), name);
      assertTrue(name.indexOf('/') < 0 && name.indexOf('\0') < 0, name);
      try {
        visitFile(entry.node(), visit, level);
      } catch (DiskFormatException e) {
        // The others may be read all the same.
      }
    }
  }

  private static void visitFile(FileNode node, Visit visit, int level) throws IOException {
    assertTrue(node.attributes().size() >= 0);
    if (node.kind() == Kind.DIRECTORY) {
      if (level < 200) {
        visit(node, visit, level + 1);
      }
    } else if (visit.read < MOST_READ) {
      node.ranges();
      try (BlockDevice content = node.content()) {
        byte[] some = new byte[(int) Math.min(content.size(), 1 << 16)];
        content.read(0, some);
        content.read(content.size() - some.length, some);
        visit.read += 2L * some.length;
      }
    }
  }
}
