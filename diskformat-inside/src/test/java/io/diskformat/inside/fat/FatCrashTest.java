package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a crash leaves of an edit, which {@code fsck.fat -a} repairs without a question, and of
 * which nothing is lost that the edit did not change.
 */
class FatCrashTest {
  private static final int SESSIONS = Integer.getInteger("diskformat.sessions", 1);
  private static final int STATES = Integer.getInteger("diskformat.states", 2);

  /** As many steps as an edit has that does all that there is. */
  private static final int FLUSHES = 7;

  private static final int MOST_TRIES = 40;
  private static final int MOST_RUNS = 3;

  @TempDir Path directory;

  /** Small volumes, of which many states are written out. */
  enum Small {
    FAT12("-F", "12", "-s", "2", "900"),
    FAT16("-F", "16", "-s", "1", "2600"),
    FAT32("-F", "32", "-s", "1", "2000");

    private final String[] arguments;

    Small(String... arguments) {
      this.arguments = arguments;
    }

    byte[] make(Path image) throws IOException {
      Object[] all = new Object[arguments.length + 2];
      System.arraycopy(arguments, 0, all, 0, arguments.length - 1);
      all[arguments.length - 1] = "-C";
      all[arguments.length] = image;
      all[arguments.length + 1] = arguments[arguments.length - 1];
      Oracle.of("mkfs.fat").run(all).orFail();
      byte[] bytes = Files.readAllBytes(image);
      Files.delete(image);
      // What nobody uses looks as if it were entries of directories.
      BootSector boot = BootSector.read(new DeviceBytes(new MemoryDevice(bytes)));
      int free = (int) boot.dataAt() + (boot.rootCluster() > 0 ? boot.clusterSize() : 0);
      Arrays.fill(bytes, free, bytes.length, (byte) 'A');
      return bytes;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyStateIsRepaired(Small flavour) throws IOException {
    long seed = Seeds.of(FatCrashTest.class, 1) + 1000L * flavour.ordinal();
    Random random = new Random(seed);
    byte[] bytes = flavour.make(directory.resolve("image"));
    FatModel model = new FatModel(seed);
    for (int session = 0; session < SESSIONS; session++) {
      RecordedDevice filled = new RecordedDevice(bytes);
      try (FileTreeEdit edit = new Fat().edit(filled, Map.of())) {
        model.change(edit, 20);
        edit.commit();
      }
      RecordedDevice device = new RecordedDevice(filled.bytes());
      try (FileTreeEdit edit = new Fat().edit(device, Map.of())) {
        model.change(edit, 1 + random.nextInt(6));
        edit.commit();
      }
      Trees trees = Trees.of(device);
      String where = flavour + ", session " + session + ", ";
      RecordedDevice.Visitor check = (what, image) -> check(where + what, image, device, trees);
      device.prefixes(check);
      device.subsets(random, STATES, check);
      bytes = device.bytes();
    }
  }

  /** Looks at one state of an edit. */
  private void check(String what, byte[] image, RecordedDevice device, Trees trees)
      throws IOException {
    String problem = problem(image, device, trees);
    assertEquals("", problem, what);
  }

  private record Trees(Map<String, String> before, Map<String, String> after) {
    static Trees of(RecordedDevice device) throws IOException {
      return new Trees(
          FatModel.describe(new MemoryDevice(device.before())),
          FatModel.describe(new MemoryDevice(device.bytes())));
    }
  }

  /** Returns what is wrong with a state once it was repaired, or nothing. */
  private String problem(byte[] image, RecordedDevice device, Trees trees) throws IOException {
    if (!Arrays.equals(image, marked(image, true))
        && !Arrays.equals(marked(image, false), device.before())
        && !Arrays.equals(marked(image, false), device.bytes())) {
      return "is not marked as in use";
    }
    Path file = Files.write(directory.resolve("crashed"), image);
    Oracle.Result repaired = Oracle.of("fsck.fat").run("-a", file);
    boolean shared = repaired.output().contains("  share clusters.");
    for (int run = 1; shared && repaired.exitCode() == 1 && run < MOST_RUNS; run++) {
      // A file that was about to get another name has both. The one that it loses is emptied first,
      // and of a directory removed by the next run, and its long name by the one after that.
      repaired = Oracle.of("fsck.fat").run("-a", file);
    }
    Oracle.Result clean = Oracle.of("fsck.fat").run("-n", file);
    if (repaired.exitCode() > 1 || clean.exitCode() != 0 || clean.output().lines().count() != 2) {
      return "is not repaired: " + repaired + clean;
    }
    Map<String, String> left = FatModel.describe(new MemoryDevice(Files.readAllBytes(file)));
    left.keySet().removeIf(name -> name.matches("FSCK\\d{4}\\.REC"));
    String said = repaired.toString();
    return lost(trees, left, shared).map(each -> each + "\n" + left + said).orElse("");
  }

  /** Returns a volume with all marks that it is in use, or none. */
  private static byte[] marked(byte[] image, boolean inUse) throws IOException {
    byte[] marked = image.clone();
    BootSector boot = BootSector.read(new DeviceBytes(new MemoryDevice(image)));
    set(marked, FatGate.markAt(boot), 1, inUse);
    for (long table : boot.tables()) {
      switch (boot.kind()) {
        case FAT12 -> {}
        case FAT16 -> set(marked, (int) table + 3, 0x80, !inUse);
        case FAT32 -> set(marked, (int) table + 7, 8, !inUse);
      }
    }
    return marked;
  }

  private static void set(byte[] bytes, int at, int bit, boolean value) {
    bytes[at] = (byte) (value ? bytes[at] | bit : bytes[at] & ~bit);
  }

  /** Returns what is not as it was, or as it was to become. */
  private static Optional<String> lost(Trees trees, Map<String, String> left, boolean shared) {
    Set<String> names = new HashSet<>(trees.before.keySet());
    names.addAll(trees.after.keySet());
    names.addAll(left.keySet());
    for (String name : names) {
      String before = trees.before.get(name);
      String after = trees.after.get(name);
      String is = left.get(name);
      boolean changes = before != null && after != null && !before.equals(after);
      boolean wrong =
          changes ? is == null : !Objects.equals(is, before) && !Objects.equals(is, after);
      // One of two names that a file has loses it.
      if (wrong && !(shared && (before == null || after == null))) {
        return Optional.of(name + " was " + before + ", was to be " + after + ", and is " + is);
      }
    }
    for (String content : trees.before.values()) {
      if (trees.after.containsValue(content) && !left.containsValue(content)) {
        return Optional.of("a file is lost: " + content);
      }
    }
    return Optional.empty();
  }

  @ParameterizedTest
  @EnumSource(names = "FAT32")
  void eachBarrierIsNeeded(Small flavour) throws IOException {
    RecordedDevice filled = new RecordedDevice(flavour.make(directory.resolve("image")));
    try (FileTreeEdit edit = new Fat().edit(filled, Map.of())) {
      edit.createDirectory(edit.tree().root(), "grows", 0755);
      edit.createDirectory(edit.tree().root(), "other", 0755);
      for (int i = 0; i < 12; i++) {
        write(edit, "", "file that is removed " + i, 900 + 400 * i);
        write(edit, "other", "file that is moved " + i, 700 + 300 * i);
      }
      edit.commit();
    }
    RecordedDevice device = new RecordedDevice(filled.bytes());
    try (FileTreeEdit edit = new Fat().edit(device, Map.of())) {
      for (int i = 0; i < 12; i++) {
        write(edit, "grows", "file that is new " + i, 800 + 500 * i);
        edit.delete(edit.tree().root(), "file that is removed " + i);
        edit.rename(
            directory(edit, "other"),
            "file that is moved " + i,
            directory(edit, "grows"),
            "moved " + i);
      }
      edit.commit();
    }
    Trees trees = Trees.of(device);
    assertEquals(FLUSHES, device.flushes());
    device.subsets(new Random(1), 3, (what, image) -> check(what, image, device, trees));
    for (int flush = 0; flush < FLUSHES - 1; flush++) {
      List<String> problems = new ArrayList<>();
      RecordedDevice without = device.without(flush);
      without.subsets(
          new Random(1),
          flush,
          MOST_TRIES,
          (_, image) -> {
            if (problems.isEmpty()) {
              String problem = problem(image, device, trees);
              if (!problem.isEmpty()) {
                problems.add(problem);
              }
            }
          });
      assertEquals(1, problems.size(), "flush " + flush + " is not needed");
    }
  }

  private static FileNode directory(FileTreeEdit edit, String name) throws IOException {
    FileNode root = edit.tree().root();
    return name.isEmpty() ? root : root.find(name).orElseThrow();
  }

  private static void write(FileTreeEdit edit, String directory, String name, int length)
      throws IOException {
    edit.createFile(directory(edit, directory), name, 0644);
    FileNode file = directory(edit, directory).find(name).orElseThrow();
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    edit.write(file, 0, MemorySegment.ofArray(bytes));
  }
}
