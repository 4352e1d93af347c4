package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native calls are optional: without them all works, and an answer says what to add. */
final class NativeCallsTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private void assertWorks(ChildJvm jvm, boolean nativeCalls) throws Exception {
    String image = directory.resolve("image.img").toString();
    ChildJvm.Result result = jvm.run(Child.class, image);
    assertEquals(0, result.exitCode(), result::toString);
    assertEquals("native calls: " + nativeCalls, result.output().strip(), result::toString);
    assertFalse(result.error().contains("io.diskformat"), result::toString);
    assertFalse(result.error().contains("No native calls"), result::toString);

    ChildJvm.Result reported = jvm.options(logging(directory)).run(Child.class, image);
    long lines = reported.error().lines().filter(line -> line.contains("No native calls")).count();
    assertEquals(nativeCalls ? 0 : 1, lines, reported::toString);
    if (!nativeCalls) {
      String add = "add net.java.dev.jna:jna and --enable-native-access=ALL-UNNAMED";
      assertTrue(reported.error().contains(add), reported::toString);
    }
  }

  /** Returns the option that has a JVM show what this library logs. */
  static String logging(Path directory) throws IOException {
    Path settings =
        Files.writeString(
            directory.resolve("logging.properties"),
            """
            handlers = java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level = ALL
            io.diskformat.storage.level = FINE
            """);
    return "-Djava.util.logging.config.file=" + settings;
  }

  @Test
  void workWithThem() throws Exception {
    assertWorks(ChildJvm.of(NativeCallsTest.class), true);
  }

  @Test
  void workWithoutJna() throws Exception {
    assertWorks(ChildJvm.withoutJna(NativeCallsTest.class), false);
  }

  @Test
  void workWhereTheyAreDenied() throws Exception {
    assertWorks(
        ChildJvm.withoutJna(NativeCallsTest.class)
            .and(com.sun.jna.Native.class)
            .options("--illegal-native-access=deny"),
        false);
  }

  /** Where JNA cannot unpack its library, for one in a home that cannot be written. */
  @Test
  void workWhereJnaDoesNot() throws Exception {
    assertWorks(
        ChildJvm.of(NativeCallsTest.class)
            .options("-Djna.nosys=true", "-Djna.noclasspath=true", "-Djna.nounpack=true"),
        false);
  }

  /** What is run in another JVM. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      Path path = Path.of(arguments[0]);
      for (String preallocation : new String[] {"off", "falloc", "full"}) {
        DiskImages.create(
            path,
            CreateOptions.format("raw")
                .size(8 * MIB)
                .option("preallocation", preallocation)
                .replaceExisting());
      }
      byte[] ones = new byte[MIB];
      java.util.Arrays.fill(ones, (byte) 1);
      try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("raw"))) {
        disk.write(MIB, ones);
        disk.write(3 * MIB, ones);
        disk.writeZeroes(MIB, MIB / 2);
        disk.discard(3 * MIB, MIB / 2);
        disk.resize(16 * MIB);
        disk.flush();
      }
      try (DiskImage disk = DiskImages.open(path, OpenOptions.readOnly().format("raw"))) {
        byte[] expected = new byte[16 * MIB];
        java.util.Arrays.fill(expected, MIB + MIB / 2, 2 * MIB, (byte) 1);
        java.util.Arrays.fill(expected, 3 * MIB + MIB / 2, 4 * MIB, (byte) 1);
        byte[] found = new byte[16 * MIB];
        disk.willRead(0, disk.size());
        disk.read(0, found);
        assertArrayEquals(expected, found);
        ExtentCursor cursor = disk.extents();
        long at = 0;
        for (Extent extent; (extent = cursor.next()) != null; at = extent.end()) {
          assertEquals(at, extent.offset());
          if (extent.readsAsZeroes()) {
            assertArrayEquals(
                new byte[(int) extent.length()],
                java.util.Arrays.copyOfRange(found, (int) at, (int) extent.end()));
          }
        }
        assertEquals(16 * MIB, at);
        assertEquals("raw", disk.info().format());
      }
      System.out.println("native calls: " + (NativeAccess.get() != null));
    }
  }
}
