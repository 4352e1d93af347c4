package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bitmaps as backups use them: a full copy, and then copies of what was written since. */
final class DirtyCopyTest {
  private static final int SIZE = 5 << 20;

  @TempDir private Path directory;

  @Test
  void copiesOfWhatWasWrittenKeepABackupUpToDate() throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    Path image = directory.resolve("image.qcow2");
    Path backup = directory.resolve("backup.raw");
    DiskImages.create(image, CreateOptions.format("qcow2").size(SIZE));
    write(image, random);
    Cli.run("bitmap", "--add", "-g", "4k", image, "since").orFail();
    Cli.run("convert", "-O", "raw", image, backup).orFail();
    for (int i = 0; i < 4; i++) {
      write(image, random);
      // Somewhere else it must not be touched.
      try (DiskImage source = DiskImages.open(image);
          DiskImage target = DiskImages.open(backup, OpenOptions.writable().format("raw"))) {
        Conversion.from(source).only(source.dirtyRanges("since")).into(target).run();
      }
      Cli.run("bitmap", "--clear", image, "since").orFail();
      Oracle.qemuImg("compare", "-F", "raw", image, backup).orFail();
    }
  }

  private static void write(Path image, Random random) throws IOException {
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable())) {
      for (int i = 0; i < 3; i++) {
        int offset = random.nextInt(SIZE);
        int length = Math.min(SIZE - offset, random.nextInt(1, 400_000));
        if (random.nextInt(3) == 0) {
          disk.writeZeroes(offset, length);
        } else {
          disk.write(offset, RandomContent.of(random.nextLong(), offset, length));
        }
      }
    }
  }

  @Test
  void onlyTheRangesAreCopied() throws IOException {
    byte[] content = RandomContent.of(1, 0, SIZE);
    Path raw = Files.write(directory.resolve("disk.raw"), content);
    byte[] expected = new byte[SIZE];
    System.arraycopy(content, 100, expected, 100, 3 << 20);
    System.arraycopy(content, 4 << 20, expected, 4 << 20, 1 << 20);
    Path made = directory.resolve("made.qcow2");
    try (DiskImage source = DiskImages.open(raw)) {
      DirtyCursor.Range[] ranges = {
        new DirtyCursor.Range(100, 3 << 20), new DirtyCursor.Range(4 << 20, 10 << 20), null
      };
      int[] at = {0};
      Conversion.from(source)
          .only(() -> ranges[at[0]++])
          .to(made, CreateOptions.format("qcow2"))
          .run();
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Conversion.from(source)
                  .only(() -> null)
                  .compress()
                  .to(made, CreateOptions.format("qcow2").replaceExisting())
                  .run());
    }
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(made)) {
      disk.read(0, found);
    }
    assertArrayEquals(expected, found);
  }

  // The verbs

  @Test
  void changesBitmapsInTheOrderGiven() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(SIZE));
    Cli.run("bitmap", "--add", "-g", "4k", image, "one").orFail();
    Oracle.qemuIo("-c", "write 1M 64k", image).orFail();
    Cli.run("bitmap", "--add", "--disable", "--merge", "one", image, "two").orFail();
    Cli.run("bitmap", "--remove", "--add", image, "one").orFail();
    Path other = directory.resolve("other.qcow2");
    DiskImages.create(other, CreateOptions.format("qcow2").size(SIZE));
    Cli.run("bitmap", "--add", "--merge=two", "-b", image, other, "three").orFail();
    try (DiskImage disk = DiskImages.open(image);
        DiskImage third = DiskImages.open(other)) {
      assertEquals(null, disk.dirtyRanges("one").next());
      assertEquals(new DirtyCursor.Range(1 << 20, 1 << 16), disk.dirtyRanges("two").next());
      assertEquals(new DirtyCursor.Range(1 << 20, 1 << 16), third.dirtyRanges("three").next());
      assertEquals(
          "[DirtyBitmap[name=two, granularity=65536, enabled=false, inconsistent=false],"
              + " DirtyBitmap[name=one, granularity=65536, enabled=true, inconsistent=false]]",
          disk.bitmaps().toString());
    }
    assertEquals(
        "need at least one of --add, --remove, --clear, --enable, --disable, or --merge",
        Cli.run("bitmap", image, "one").message(1));
    Cli.run("bitmap", "--clear", "-g", "4k", image, "one").message(1);
    Cli.run("bitmap", "--clear", "-b", other, image, "one").message(1);
    Cli.run("bitmap", "--clear", image, "four").message(1);
  }

  @Test
  void convertCopiesBitmaps() throws IOException {
    Path image = directory.resolve("image.qcow2");
    Path made = directory.resolve("made.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(SIZE));
    Cli.run("bitmap", "--add", "-g", "4k", image, "one").orFail();
    Cli.run("bitmap", "--add", "--disable", image, "two").orFail();
    Oracle.qemuIo("-c", "write 1M 60k", image).orFail();
    Cli.run("convert", "--bitmaps", "-O", "qcow2", image, made).orFail();
    Oracle.qemuImg("check", made).orFail();
    try (DiskImage source = DiskImages.open(image);
        DiskImage disk = DiskImages.open(made)) {
      assertEquals(source.bitmaps(), disk.bitmaps());
      assertEquals(new DirtyCursor.Range(1 << 20, 60 << 10), disk.dirtyRanges("one").next());
      assertEquals(null, disk.dirtyRanges("two").next());
    }
    Path old = directory.resolve("old.qcow2");
    DiskImages.create(old, CreateOptions.format("qcow2").option("compat", "0.10").size(SIZE));
    String message =
        Cli.run("convert", "--bitmaps", "-O", "qcow2", old, directory.resolve("x")).message(1);
    assertTrue(message.contains("has no bitmaps"), message);
    Path broken = directory.resolve("broken.qcow2");
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable())) {
      disk.write(0, new byte[] {1});
      disk.flush();
      Files.copy(image, broken);
    }
    Object[] convert = {"convert", "--bitmaps", "-O", "qcow2", broken, made};
    assertTrue(Cli.run(convert).message(1).contains("inconsistent bitmap 'one'"));
    Cli.run("convert", "--bitmaps", "--skip-broken-bitmaps", "-O", "qcow2", broken, made).orFail();
    try (DiskImage disk = DiskImages.open(made)) {
      assertEquals(1, disk.bitmaps().size());
    }
    Cli.run("convert", "--bitmaps", image, directory.resolve("x")).message(1);
    Cli.run("convert", "--skip-broken-bitmaps", image, directory.resolve("x")).message(1);
  }

  /** What cannot be read is zero, and all else is there. */
  @Test
  void salvagesWhatCanBeRead() throws IOException {
    Path image = directory.resolve("image.qcow2");
    Path made = directory.resolve("made.raw");
    byte[] content = RandomContent.of(1, 0, SIZE);
    DiskImages.create(image, CreateOptions.format("qcow2").size(SIZE));
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable())) {
      disk.write(0, content);
    }
    // The entry of the third cluster says that it is beyond the end of the file.
    byte[] bytes = Files.readAllBytes(image);
    long l1 = java.nio.ByteBuffer.wrap(bytes).getLong(40);
    long l2 = java.nio.ByteBuffer.wrap(bytes).getLong((int) l1) & 0x00fffffffffffe00L;
    java.nio.ByteBuffer.wrap(bytes).putLong((int) l2 + 16, 1L << 63 | 1L << 40);
    Files.write(image, bytes);
    Cli.run("convert", "-O", "raw", image, made).message(1);
    Cli.Result salvaged = Cli.run("convert", "--salvage", "-O", "raw", image, made);
    assertEquals(0, salvaged.status(), salvaged.error());
    assertTrue(salvaged.error().contains("error while reading offset 131072"), salvaged.error());
    java.util.Arrays.fill(content, 2 << 16, 3 << 16, (byte) 0);
    assertArrayEquals(content, Files.readAllBytes(made));
  }

  @Test
  void readsNoFasterThanItIsAllowedTo() throws IOException {
    Path raw = Files.write(directory.resolve("disk.raw"), RandomContent.of(1, 0, 1 << 20));
    Path made = directory.resolve("made.raw");
    long start = System.nanoTime();
    // The first piece is read at once, and no other has to wait.
    Cli.run("convert", "-O", "raw", "-r", "1M", raw, made).orFail();
    Cli.run("convert", "-O", "raw", "-r", "0", raw, made).message(1);
    assertTrue(System.nanoTime() - start > 0);
    assertEquals(-1, Files.mismatch(raw, made));
  }
}
