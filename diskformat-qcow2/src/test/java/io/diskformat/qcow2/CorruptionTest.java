package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.Snapshot;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong in one place is reported there, and does no harm elsewhere. */
class CorruptionTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  /**
   * What will be read next may be looked up ahead; that it makes no sense is reported when read.
   */
  @Test
  void whatIsReadBeforeACorruptPlaceIsRead() throws IOException {
    Path path = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", path, 16 * MIB).orFail();
    QemuIo.on(path, "qcow2").fill(7, 0, 16 * MIB).run().orFail();
    int bad = 5 * MIB;
    long l2;
    try (DiskImage image = DiskImages.open(path)) {
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path));
      l2 = file.getLong((int) file.getLong(40)) & 0x00ff_ffff_ffff_fe00L;
      image.read(bad, new byte[1]);
    }
    // It points into a cluster instead of to its start.
    HeaderPatch.of(path).setBits(l2 + (bad >> 16) * 8L, 512);
    try (DiskImage image = DiskImages.open(path)) {
      byte[] expected = new byte[10_000];
      Arrays.fill(expected, (byte) 7);
      int at = 0;
      for (; at + expected.length <= bad; at += expected.length) {
        byte[] piece = new byte[expected.length];
        image.read(at, piece);
        assertArrayEquals(expected, piece);
      }
      int end = at;
      CorruptImageException e =
          assertThrows(
              CorruptImageException.class, () -> image.read(end, new byte[expected.length]));
      assertEquals("L2 table", e.structure());
      assertEquals(l2, e.position());
      image.read(bad + 65536, new byte[expected.length]);
    }
  }

  /** The L1 table of a snapshot need not cover its disk: the rest is a hole, however large. */
  @ParameterizedTest
  @ValueSource(longs = {1 << 30, 1L << 50, Long.MAX_VALUE})
  void theDiskOfASnapshotIsLargerThanItsL1Table(long size) throws IOException {
    Path path = directory.resolve("image.qcow2");
    write(path, snapshot().putLong(48, size));
    try (DiskImage image = DiskImages.open(path);
        var snapshot = image.openSnapshot("s")) {
      long wholeSectors = size & -512;
      assertEquals(wholeSectors, snapshot.size());
      ExtentCursor cursor = snapshot.extents();
      assertEquals(4096, cursor.next().length());
      assertEquals(wholeSectors - 4096, cursor.next().length());
      assertEquals(null, cursor.next());
      byte[] bytes = new byte[5000];
      snapshot.read(0, bytes);
      assertEquals(0x5a, bytes[4095]);
      assertEquals(0, bytes[4096]);
      snapshot.read(wholeSectors - bytes.length, bytes);
    }
  }

  @Test
  void theClockOfASnapshotIsUnsigned() throws IOException {
    Path path = directory.resolve("image.qcow2");
    write(path, snapshot().putLong(24, -1).putInt(16, -1));
    try (DiskImage image = DiskImages.open(path)) {
      Snapshot snapshot = image.info().snapshots().getFirst();
      assertEquals(Duration.ofSeconds(18_446_744_073L, 709_551_615), snapshot.vmClock());
      assertEquals(0xffff_ffffL, snapshot.date().getEpochSecond());
    }
  }

  /** As the tools do, which keep no more of them. */
  @Test
  void longNamesOfSnapshotsAreCut() throws IOException {
    Path path = directory.resolve("image.qcow2");
    ByteBuffer record = ByteBuffer.allocate(2048).put(0, snapshot().array());
    record.putShort(12, (short) 300).putShort(14, (short) 1000);
    Arrays.fill(record.array(), 64, 364, (byte) 'i');
    Arrays.fill(record.array(), 364, 1364, (byte) 'n');
    write(path, record);
    try (DiskImage image = DiskImages.open(path)) {
      Snapshot snapshot = image.info().snapshots().getFirst();
      assertEquals("i".repeat(127), snapshot.id());
      assertEquals("n".repeat(255), snapshot.name());
      image.openSnapshot(snapshot.name()).close();
      String json = Oracle.qemuImg("info", "--output=json", path).orFail().output();
      assertTrue(json.contains("\"" + snapshot.id() + "\""), json);
      assertTrue(json.contains("\"" + snapshot.name() + "\""), json);
    }
  }

  @Test
  void theEndOfTheHeaderExtensionsIsOneThatFits() throws IOException {
    Path path = new HandmadeImage().write(directory.resolve("image.qcow2"));
    HeaderPatch.of(path).putInt(116, 4096 - 120);
    DiskImages.open(path).close();
    HeaderPatch.of(path).putInt(116, 4096 - 119);
    assertThrows(CorruptImageException.class, () -> DiskImages.open(path));
  }

  /** A record of a snapshot with the identifier "s", of the disk as it is. */
  private static ByteBuffer snapshot() {
    ByteBuffer record = ByteBuffer.allocate(72);
    record.putLong(0, 3 * 4096).putInt(8, 1);
    record.putShort(12, (short) 1).putShort(14, (short) 0);
    record.putInt(36, 24).putLong(48, MIB).putLong(56, -1);
    return record.put(64, (byte) 's');
  }

  /** A disk of no size needs no L1 table, and QEMU does not look where it would be. */
  @Test
  void anL1TableOfNoEntriesMayBeAnywhere() throws IOException {
    Path path = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", path, 0).orFail();
    HeaderPatch.of(path).putInt(36, 0).putLong(40, 1L << 40);
    QemuIo.on(path, "qcow2").run().orFail();
    try (DiskImage image = DiskImages.open(path)) {
      assertEquals(0, image.size());
    }
  }

  private static void write(Path path, ByteBuffer snapshotRecord) throws IOException {
    byte[] bytes = new HandmadeImage().withData().bytes();
    ByteBuffer image = ByteBuffer.allocate(bytes.length + 4096).put(0, bytes);
    image.putInt(60, 1).putLong(64, bytes.length);
    image.put(bytes.length, snapshotRecord, 0, snapshotRecord.capacity());
    Files.write(path, image.array());
  }
}
