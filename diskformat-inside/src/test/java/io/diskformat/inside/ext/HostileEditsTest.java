package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Edits of volumes whose structures were changed: each is made, or an {@link IOException} says why
 * not, and none takes for ever.
 */
class HostileEditsTest {
  private static final int MUTATIONS = Integer.getInteger("diskformat.mutations", 60);

  /** Of the owner, a user, the group, the mask and others. */
  private static final byte[] ACCESS_LIST =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000700ffffffff"
                  + "02000500e8030000"
                  + "04000500ffffffff"
                  + "10000500ffffffff"
                  + "20000500ffffffff");

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "MODERN_1K", "GROUP_CHECKSUMS", "INLINE_DATA"})
  void noMutationMatters(ExtFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(HostileEditsTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    SmallTree.fill(files, random);
    Path image = directory.resolve("image");
    flavour.make(image, files, "8M");
    Path value = Files.write(directory.resolve("list"), ACCESS_LIST);
    Oracle.of("debugfs")
        .run("-w", "-R", "ea_set -f " + value + " a system.posix_acl_access", image)
        .orFail();
    // Directories get an index.
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
    byte[] bytes = Files.readAllBytes(image);
    // Checksums would find nearly all of it.
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(1024 + 0x64, buffer.getInt(1024 + 0x64) & ~0x410);
    List<Integer> used = used(bytes);
    int made = 0;
    long slowest = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      byte[] changed = bytes.clone();
      String what = mutate(changed, used, random);
      try {
        edit(new RecordedDevice(changed));
        made++;
      } catch (IOException e) {
        // It says what is wrong.
      } catch (RuntimeException | Error e) {
        throw new AssertionError(flavour + ", mutation " + i + ": " + what, e);
      }
      long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began;
      slowest = Math.max(slowest, took);
    }
    System.out.println(flavour + ": " + made + " made, " + slowest / 1_000_000 + " ms at most");
    assertTrue(made > MUTATIONS / 10, made + " were made");
  }

  /** A block that leads to itself 256 times, on three levels, is 2 to the 24 blocks. */
  @Test
  void blocksThatLeadToThemselvesEnd() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("list"), "content");
    Path image = directory.resolve("image");
    ExtFlavour.EXT2_1K.make(image, files, "8M");
    long block =
        Long.parseLong(
            Oracle.of("debugfs").run("-R", "blocks list", image).orFail().output().strip());
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 256; i++) {
      buffer.putInt((int) block * 1024 + i * Integer.BYTES, (int) block);
    }
    Files.write(image, bytes);
    Oracle.of("debugfs").run("-w", "-R", "sif list block[TIND] " + block, image).orFail();
    UnsupportedFeatureException e =
        assertThrows(
            UnsupportedFeatureException.class,
            () -> Edits.commit(image, edit -> edit.delete(Edits.find(edit, "/"), "list")));
    assertTrue(e.feature().contains("pieces of space"), e.feature());
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "MODERN"})
  void sizesThatNoFileHasAreRefused(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a"), "content");
    Path image = directory.resolve("image");
    flavour.make(image, files, "8M");
    Oracle.of("debugfs").run("-w", "-R", "sif a size 0xffffffffffffff01", image).orFail();
    Edits.commit(
        image,
        edit -> {
          assertThrows(DiskFormatException.class, () -> edit.setSize(Edits.find(edit, "/a"), 0));
          assertThrows(DiskFormatException.class, () -> Edits.write(edit, "/a", 1, new byte[] {1}));
        });
  }

  /** Returns the sectors that are not all alike, and are no content. */
  private static List<Integer> used(byte[] bytes) {
    List<Integer> used = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 512) {
      boolean[] seen = new boolean[256];
      int distinct = 0;
      for (int i = at; i < at + 512; i++) {
        distinct += seen[bytes[i] & 0xFF] ? 0 : 1;
        seen[bytes[i] & 0xFF] = true;
      }
      if (distinct > 1 && distinct < 150) {
        used.add(at);
      }
    }
    return used;
  }

  private static String mutate(byte[] bytes, List<Integer> used, Random random) {
    int[] limits = {0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, -1};
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder what = new StringBuilder();
    for (int change = random.nextInt(8); change >= 0; change--) {
      int sector = random.nextInt(8) == 0 ? 1024 : used.get(random.nextInt(used.size()));
      int at = sector + random.nextInt(128) * 4;
      int value =
          random.nextBoolean() ? limits[random.nextInt(limits.length)] : random.nextInt(9000);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at + random.nextInt(4)] = (byte) value;
        case 1 -> buffer.putShort(at + 2 * random.nextInt(2), (short) value);
        default -> buffer.putInt(at, value);
      }
      what.append(value).append(" at ").append(at).append("; ");
    }
    return what.toString();
  }

  private interface Change {
    void make() throws IOException;
  }

  private static void attempt(Change change) {
    try {
      change.make();
    } catch (IOException e) {
      // It says what is wrong, and the others may be made.
    }
  }

  private static void edit(RecordedDevice device) throws IOException {
    try (ExtEdit edit = ExtEdit.of(device, Instant.ofEpochSecond(1_750_000_000))) {
      for (String path : new String[] {"", "/a", "/a/b", "/a/b/c/d", "/crowd"}) {
        attempt(() -> Edits.write(edit, path + "/of 50000", 45_000, new byte[10_000]));
        attempt(() -> edit.setSize(Edits.find(edit, path + "/of 300000"), 1000));
        attempt(() -> edit.createFile(Edits.find(edit, path), "new", 0644));
        attempt(() -> Edits.write(edit, path + "/new", 0, new byte[5000]));
        attempt(() -> edit.createDirectory(Edits.find(edit, path), "directory", 0755));
        attempt(() -> edit.createSymbolicLink(Edits.find(edit, path), "link", "t".repeat(80)));
        attempt(() -> edit.delete(Edits.find(edit, path), "empty"));
        attempt(() -> edit.delete(Edits.find(edit, path), "long"));
        attempt(() -> edit.delete(Edits.find(edit, path), "of 12288"));
        attempt(
            () -> edit.rename(Edits.find(edit, path), "second", Edits.find(edit, "/"), "moved"));
        attempt(() -> edit.setPermissions(Edits.find(edit, path), 0700));
      }
      for (int i = 0; i < 30; i++) {
        String name = i + "n".repeat(200);
        attempt(() -> edit.createFile(Edits.find(edit, "/crowd"), name, 0644));
      }
      attempt(() -> edit.createFile(Edits.find(edit, "/a"), "of 12288", 0644));
      attempt(() -> edit.rename(Edits.find(edit, "/a/b"), "c", Edits.find(edit, "/"), "c"));
      for (int i = 0; i < 250; i++) {
        int number = i;
        attempt(() ->
            edit.delete(
                Edits.find(edit, "/crowd"), "one of many files with a long name " + number));
      }
      edit.commit();
    }
  }
}
