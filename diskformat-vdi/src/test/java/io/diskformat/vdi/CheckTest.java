package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damage is found, reported and repaired so that every block that has one owner keeps its data. */
final class CheckTest {
  private static final int BLOCK = 1 << 20;
  private static final int BLOCKS = 8;
  private static final int ALLOCATED = 388;

  @TempDir private Path directory;
  private final byte[] content = new byte[BLOCKS * BLOCK];
  private Path path = Path.of("");
  private int map;

  /** Even blocks are stored, in order; odd ones are free. */
  @BeforeEach
  void makeImage() throws IOException {
    new Random(1).nextBytes(content);
    VdiFile file = new VdiFile(content, BLOCK, new Random(1));
    for (int i = 1; i < BLOCKS; i += 2) {
      file.set(i, Block.FREE);
      Arrays.fill(content, i * BLOCK, (i + 1) * BLOCK, (byte) 0);
    }
    path = file.write(directory.resolve("image.vdi"));
    map = file.mapPosition();
  }

  private void put(int position, int value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(bytes, position);
    }
  }

  private void entry(int block, int value) throws IOException {
    put(map + 4 * block, value);
  }

  private CheckReport check() throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, OpenOptions.readOnly().format("vdi"))) {
      return image.check();
    }
  }

  private RepairReport repair(Repair what) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, OpenOptions.writable().format("vdi"))) {
      return image.repair(what);
    }
  }

  /** After a repair nothing is wrong, to us, to our own reading, and to QEMU. */
  private void assertSound() throws IOException {
    assertTrue(check().isClean(), () -> "not clean");
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      assertEquals("", VdiAudit.of(storage).problem());
    }
    Oracle.qemuImg("check", "-f", "vdi", path).orFail();
  }

  private void assertHolds(byte[] expected) throws IOException {
    try (DiskImage image = DiskImages.open(path)) {
      byte[] found = new byte[expected.length];
      image.read(0, found);
      int at = Arrays.mismatch(expected, found);
      assertEquals(-1, at, "differs in block " + at / BLOCK);
    }
  }

  @Test
  void aSoundImageIsClean() throws IOException {
    CheckReport report = check();
    assertTrue(report.isClean(), report.toString());
    assertEquals(BLOCKS, report.totalClusters());
    assertEquals(BLOCKS / 2, report.allocatedClusters());
  }

  @Test
  void blocksWithoutAnOwner() throws IOException {
    entry(2, VdiFile.FREE);
    Arrays.fill(content, 2 * BLOCK, 3 * BLOCK, (byte) 0);
    CheckReport report = check();
    assertEquals(0, report.corruptions(), report.toString());
    assertEquals(1, report.leaks(), report.toString());
    RepairReport repaired = repair(Repair.LEAKS);
    assertEquals(1, repaired.leaksFixed());
    assertTrue(repaired.left().isClean());
    assertSound();
    assertHolds(content);
  }

  @Test
  void aBlockWithTwoOwners() throws IOException {
    entry(3, 1);
    CheckReport report = check();
    assertTrue(report.corruptions() > 0, report.toString());
    assertFalse(report.problems().isEmpty());
    RepairReport repaired = repair(Repair.ALL);
    assertTrue(repaired.corruptionsFixed() > 0);
    assertSound();
    // Whose it was nobody knows: one of the two keeps it, or both have a copy.
    byte[] found = new byte[2 * BLOCK];
    try (DiskImage image = DiskImages.open(path)) {
      image.read(2L * BLOCK, found);
    }
    assertTrue(
        Arrays.equals(found, 0, BLOCK, content, 2 * BLOCK, 3 * BLOCK)
            || Arrays.equals(found, BLOCK, 2 * BLOCK, content, 2 * BLOCK, 3 * BLOCK));
  }

  @Test
  void anEntryBeyondTheFile() throws IOException {
    entry(3, 1000);
    assertTrue(check().corruptions() > 0);
    assertTrue(repair(Repair.ALL).corruptionsFixed() > 0);
    assertSound();
    assertHolds(content);
  }

  /** The last block is there and counted too low, as after a crash of a careless writer. */
  @Test
  void anEntryThatIsNotCounted() throws IOException {
    put(ALLOCATED, BLOCKS / 2 - 1);
    assertTrue(check().corruptions() > 0);
    assertTrue(repair(Repair.ALL).corruptionsFixed() > 0);
    assertSound();
    assertHolds(content);
  }

  @Test
  void aFileThatWasCutShort() throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - BLOCK);
    }
    assertTrue(check().corruptions() > 0);
    assertTrue(repair(Repair.ALL).corruptionsFixed() > 0);
    assertSound();
    Arrays.fill(content, 6 * BLOCK, 7 * BLOCK, (byte) 0);
    assertHolds(content);
  }

  /** Which a hostile one does at no cost; no block further on than those in use is looked for. */
  @Test
  @Timeout(60)
  void aFileOfManyEmptyBlocksTakesNoTime() throws IOException {
    PagedStorage storage =
        new HandmadeVdi(new int[] {1, 0, 7}, new byte[] {1, 2, 3}, HandmadeVdi.BLOCK).build("x");
    try (ImageMaintenance image =
        DiskImages.maintain(new EndlessStorage(storage), OpenOptions.readOnly().format("vdi"))) {
      CheckReport report = image.check();
      assertEquals(1, report.corruptions(), report.toString());
      assertEquals(1, report.leaks(), report.toString());
      assertEquals(3, report.allocatedClusters());
    }
  }

  /** A sparse file that goes on for ever behind what it holds. */
  private static final class EndlessStorage extends Storage {
    private final Storage storage;

    EndlessStorage(Storage storage) {
      this.storage = storage;
    }

    @Override
    public String name() {
      return storage.name();
    }

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public long size() {
      return 1L << 61;
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) throws IOException {
      storage.read(position, target);
    }

    @Override
    public void write(long position, MemorySegment source) {
      throw new AssertionError("it is only read");
    }

    @Override
    public void zero(long position, long length, boolean giveBack) {
      throw new AssertionError("it is only read");
    }

    @Override
    public void reserve(long position, long length) {
      throw new AssertionError("it is only read");
    }

    @Override
    public void resize(long size) {
      throw new AssertionError("it is only read");
    }

    @Override
    public void flush() {
      throw new AssertionError("it is only read");
    }

    @Override
    protected void release() throws IOException {
      storage.close();
    }
  }
}
