package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuAgreement;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Features one at a time: what is supported is read as qemu-img reads it, the rest refused by name.
 */
class FeaturesTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;

  private Path create(String options, long size) {
    Path image = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", options, image, size).orFail();
    return image;
  }

  private Path createWithData(String options) {
    Path image = create(options, 3 * MIB + 512);
    QemuIo.on(image, "qcow2")
        .fill(1, 100, 200_000)
        .zero(MIB, 70_000, false)
        .fill(2, 3 * MIB, 512)
        .run()
        .orFail();
    return image;
  }

  private static void checkAgreement(Path image) throws IOException {
    try (DiskImage opened = DiskImages.open(image)) {
      QemuAgreement.check(image, "qcow2", opened, new Random(1));
    }
  }

  // Preallocation and where the file ends

  @ParameterizedTest
  @ValueSource(strings = {"metadata", "falloc", "full"})
  void preallocated(String how) throws IOException {
    checkAgreement(create("preallocation=" + how, 20 * MIB));
    checkAgreement(createWithData("cluster_size=4k,preallocation=" + how));
  }

  /** Tools leave a file's last cluster as short as its data, and reads beyond it are of zeroes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 511, 512, 4095, 5000, 60_000})
  void aFileThatEndsWithinACluster(int missing) throws IOException {
    Path image = createWithData("cluster_size=64k");
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.truncate((channel.size() & -65536) + 65536 - missing);
    }
    checkAgreement(image);
  }

  @Test
  void dataThatBeginsBeyondTheEndOfTheFileIsCorrupt() throws IOException {
    byte[] bytes = new HandmadeImage().withData().bytes();
    Path image = directory.resolve("image.qcow2");
    Files.write(image, java.util.Arrays.copyOf(bytes, 5 * 4096));
    try (DiskImage opened = DiskImages.open(image)) {
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> opened.read(0, new byte[10]));
      assertEquals(5 * 4096, e.position());
      opened.read(4096, new byte[10]);
    }
  }

  // Large disks

  @ParameterizedTest
  @CsvSource({"64k,63T", "2M,900T", "512,20G", "16k,3T"})
  void largeDisks(String clusterSize, String size) throws IOException {
    Path image = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=" + clusterSize, image, size)
        .orFail();
    long end;
    try (DiskImage empty = DiskImages.open(image)) {
      end = empty.size();
    }
    QemuIo.on(image, "qcow2")
        .fill(1, 0, 1000)
        .fill(2, end / 2 - 300, 600)
        .fill(3, end - 100, 100)
        .run()
        .orFail();
    try (DiskImage opened = DiskImages.open(image)) {
      QemuAgreement.checkMap(image, "qcow2", opened);
      byte[] bytes = new byte[200];
      opened.read(end - 200, bytes);
      assertEquals(0, bytes[99]);
      assertEquals(3, bytes[100]);
      opened.read(end / 2 - 400, bytes);
      assertEquals(0, bytes[99]);
      assertEquals(2, bytes[100]);
    }
  }

  // Bitmaps

  @Test
  void bitmaps() throws IOException {
    Path image = createWithData("compat=1.1");
    Oracle.qemuImg("bitmap", "--add", "-g", "512", image, "first").orFail();
    Oracle.qemuImg("bitmap", "--add", "-g", "2M", image, "zweites \u00e4").orFail();
    Oracle.qemuImg("bitmap", "--disable", image, "first").orFail();
    checkAgreement(image);
    try (DiskImage opened = DiskImages.open(image)) {
      assertEquals(
          List.of(
              Map.of("flags", List.of(), "name", "first", "granularity", 512L),
              Map.of("flags", List.of("auto"), "name", "zweites \u00e4", "granularity", 2 * MIB)),
          opened.info().details().get("bitmaps"));
    }
  }

  @Test
  void bitmapsOfAnImageThatWasNotClosed() throws IOException {
    Path image = createWithData("compat=1.1");
    Oracle.qemuImg("bitmap", "--add", image, "b").orFail();
    QemuIo.on(image, "qcow2").fill(7, 0, 4096).abort().run();
    try (DiskImage opened = DiskImages.open(image)) {
      assertTrue(
          opened.info().details().get("bitmaps").toString().contains("in-use"),
          opened.info().details().toString());
    }
    checkAgreement(image);
  }

  @Test
  void bitmapsThatAnOldToolLeftBehindAreNotTold() throws IOException {
    Path image = createWithData("compat=1.1");
    Oracle.qemuImg("bitmap", "--add", image, "b").orFail();
    HeaderPatch.of(image).putLong(HeaderPatch.AUTOCLEAR, 0);
    checkAgreement(image);
    try (DiskImage opened = DiskImages.open(image)) {
      assertFalse(opened.info().details().containsKey("bitmaps"));
    }
  }

  // Snapshots

  /** A name may be another's identifier; a snapshot is looked for by its identifier first. */
  @Test
  void snapshotsByIdentifierAndName() throws IOException {
    Path image = create("cluster_size=4k", MIB);
    List<String> names = List.of("2", "1", "\u540d\u524d", "with space");
    for (int i = 0; i < names.size(); i++) {
      QemuIo.on(image, "qcow2").fill(i + 1, 0, 8192).run().orFail();
      Oracle.qemuImg("snapshot", "-c", names.get(i), image).orFail();
    }
    checkAgreement(image);
    try (DiskImage opened = DiskImages.open(image)) {
      assertEquals(1, firstByte(opened, "1"));
      assertEquals(2, firstByte(opened, "2"));
      assertEquals(3, firstByte(opened, "\u540d\u524d"));
      assertEquals(4, firstByte(opened, "with space"));
      assertThrows(DiskFormatException.class, () -> opened.openSnapshot("5"));
      assertThrows(DiskFormatException.class, () -> opened.openSnapshot(""));
    }
  }

  private static int firstByte(DiskImage image, String snapshot) throws IOException {
    try (BlockDevice device = image.openSnapshot(snapshot)) {
      byte[] first = new byte[1];
      device.read(0, first);
      return first[0];
    }
  }

  @Test
  void aSnapshotHasTheSizeThatTheDiskHad() throws IOException {
    Path image = createWithData("cluster_size=64k");
    Oracle.qemuImg("snapshot", "-c", "small", image).orFail();
    Oracle.qemuImg("resize", "-q", image, 40 * MIB).orFail();
    QemuIo.on(image, "qcow2").fill(9, 2 * MIB, 30 * MIB).run().orFail();
    checkAgreement(image);
    try (DiskImage opened = DiskImages.open(image);
        BlockDevice small = opened.openSnapshot("small")) {
      assertEquals(40 * MIB, opened.size());
      assertEquals(3 * MIB + 512, small.size());
      assertThrows(IndexOutOfBoundsException.class, () -> small.read(3 * MIB + 512, new byte[1]));
    }
  }

  // Feature bits

  @Test
  void anImageThatWasNotClosedIsReadable() throws IOException {
    Path image = createWithData("lazy_refcounts=on");
    QemuIo.on(image, "qcow2").fill(7, 2 * MIB, 4096).flush().abort().run();
    try (DiskImage opened = DiskImages.open(image)) {
      assertTrue(opened.info().dirty());
    }
    checkAgreement(image);
  }

  @Test
  void anImageThatWasFoundCorruptIsReadable() throws IOException {
    Path image = createWithData("compat=1.1");
    HeaderPatch.of(image).setBits(HeaderPatch.INCOMPATIBLE, 2);
    try (DiskImage opened = DiskImages.open(image)) {
      assertEquals(true, opened.info().details().get("corrupt"));
    }
    checkAgreement(image);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 6, 31, 32, 62, 63})
  void unknownIncompatibleFeaturesAreRefusedByName(int bit) throws IOException {
    Path image = directory.resolve("image.qcow2");
    new HandmadeImage().incompatible(1L << bit).write(image);
    assertEquals("qcow2 incompatible feature bit " + bit, refused(image));
    new HandmadeImage().incompatible(1L << bit).featureName(bit, "time travel").write(image);
    assertEquals("\"time travel\" (qcow2 incompatible feature bit " + bit + ")", refused(image));
    // That name is another bit's.
    new HandmadeImage().incompatible(1L << bit).featureName(bit - 1, "time travel").write(image);
    assertEquals("qcow2 incompatible feature bit " + bit, refused(image));
  }

  @Test
  void unknownCompatibleAndAutoclearFeaturesDoNoHarm() throws IOException {
    Path image = createWithData("compat=1.1");
    HeaderPatch.of(image).setBits(HeaderPatch.COMPATIBLE, -2).setBits(HeaderPatch.AUTOCLEAR, -4);
    checkAgreement(image);
  }

  @Test
  void aLargerHeaderIsRead() throws IOException {
    Path image = directory.resolve("image.qcow2");
    byte[] bytes = new HandmadeImage().withData().bytes();
    // The end mark of the extensions, and 16 bytes before it that are fields from now on.
    java.nio.ByteBuffer.wrap(bytes).putInt(100, 128).putLong(112, -1).putLong(120, -1);
    Files.write(image, bytes);
    checkAgreement(image);
  }

  private static String refused(Path image) {
    return assertThrows(UnsupportedFeatureException.class, () -> DiskImages.open(image)).feature();
  }

  // What is not supported

  @Test
  void theFirstVersionIsAnotherFormat() throws IOException {
    Path image = directory.resolve("image.qcow");
    Oracle.qemuImg("create", "-q", "-f", "qcow", image, "1M").orFail();
    assertEquals(Optional.of("qcow"), DiskImages.probe(image));
    assertThrows(UnrecognizedFormatException.class, () -> DiskImages.open(image).close());
    UnsupportedFeatureException e =
        assertThrows(
            UnsupportedFeatureException.class,
            () -> DiskImages.open(image, OpenOptions.readOnly().format("qcow2")).close());
    assertEquals("the qcow format, version 1", e.feature());
  }

  @Test
  void versionsToCome() throws IOException {
    Path image = new HandmadeImage().write(directory.resolve("image.qcow2"));
    HeaderPatch.of(image).putInt(4, 4);
    assertEquals("qcow2 version 4", refused(image));
  }
}
