package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Snapshot;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many snapshots in one image: taking one, going back to one and deleting one takes work in
 * proportion to the tables of the disk and to the list of snapshots, whatever the disk holds and
 * however many snapshots have tables of their own.
 */
final class ManySnapshotsTest {
  /** {@code -Ddiskformat.snapshots.many=5000} for a long run. */
  private static final int SNAPSHOTS = Integer.getInteger("diskformat.snapshots.many", 300);

  private static final int CLUSTER = 4096;
  private static final int CLUSTERS = 2048;

  /** The bytes of the disk's own L2 tables. */
  private static final long L2_BYTES = CLUSTERS * 8;

  /** Of a snapshot's record with its name, in bytes. */
  private static final long RECORD = 40 + 24 + 16;

  /** What a change takes besides tables: the header, and rests of pages. */
  private static final long CONSTANT = 64 << 10;

  @TempDir private Path directory;

  private final Random random = new Random(1);
  private final Counted storage = new Counted(new PagedStorage("image"));

  /** The number that each cluster of the disk is filled with. */
  private int[] now = new int[CLUSTERS];

  /** What the disk was filled with at the time of each snapshot that is there. */
  private final List<int[]> then = new ArrayList<>();

  private final List<String> names = new ArrayList<>();

  /** The most work of one change of each kind, relative to the tables that it is to follow. */
  private double dearest;

  /** A storage that counts the bytes that are read and written. */
  private static final class Counted extends ForwardingStorage {
    private long bytes;

    private Counted(Storage storage) {
      super(storage);
    }

    @Override
    protected void readUnmapped(long position, MemorySegment target) throws IOException {
      bytes += target.byteSize();
      super.readUnmapped(position, target);
    }

    @Override
    public void write(long position, MemorySegment source) throws IOException {
      bytes += source.byteSize();
      super.write(position, source);
    }

    @Override
    protected void release() {}
  }

  private interface Change {
    void run() throws IOException;
  }

  /** Makes a change, which must not take more work than the tables are large. */
  private void costsAsTheTables(Change change) throws IOException {
    long before = storage.bytes;
    change.run();
    long work = storage.bytes - before;
    long tables = L2_BYTES + RECORD * (names.size() + 1) + CONSTANT;
    dearest = Math.max(dearest, (double) work / tables);
    assertTrue(work <= 3 * tables, work + " bytes for " + tables + " bytes of tables");
  }

  @Test
  void eachCostsWhatTheTablesAreLarge() throws IOException {
    DiskImages.create(
        storage, Qcow2UnderTest.options("cluster_size=4k").size((long) CLUSTERS * CLUSTER));
    try (DiskImage disk = DiskImages.open(storage, QCOW2.writable())) {
      for (int i = 0; i < CLUSTERS; i++) {
        write(disk, i, -i);
      }
      for (int i = 1; i <= SNAPSHOTS; i++) {
        write(disk, random.nextInt(CLUSTERS), i);
        take(disk, "snapshot " + i);
      }
      System.out.printf("ManySnapshotsTest: to take one, %.2f times the tables%n", dearest);
      assertTrue(storage.size() <= mostBytes(), storage.size() + " bytes");
      dearest = 0;
      for (int i = 0; i < 20; i++) {
        goBack(disk, random.nextInt(names.size()));
        write(disk, random.nextInt(CLUSTERS), -CLUSTERS - i);
      }
      System.out.printf("ManySnapshotsTest: to go back to one, %.2f times the tables%n", dearest);
    }
    assertQemuFindsNothingWrong();
    try (DiskImage disk = DiskImages.open(storage, QCOW2.writable())) {
      dearest = 0;
      while (names.size() > SNAPSHOTS / 2) {
        delete(disk, random.nextInt(names.size()));
      }
      System.out.printf("ManySnapshotsTest: to delete one, %.2f times the tables%n", dearest);
    }
    assertQemuFindsNothingWrong();
    try (DiskImage disk = DiskImages.open(storage, QCOW2.writable())) {
      assertEquals(names, names(disk));
      assertHolds(disk, now);
      for (int i = 0; i < 20; i++) {
        int one = random.nextInt(names.size());
        try (BlockDevice snapshot = disk.openSnapshot(names.get(one))) {
          assertHolds(snapshot, then.get(one));
        }
      }
      while (!names.isEmpty()) {
        delete(disk, names.size() - 1);
      }
      assertHolds(disk, now);
    }
    assertQemuFindsNothingWrong();
    assertEquals("", QCOW2.problem(storage));
  }

  /**
   * Returns how long the file may be: each snapshot has a cluster, an L2 table and an L1 table that
   * no other has; the list of snapshots is written anew each time, and so there are a few places
   * for it.
   */
  private static long mostBytes() {
    return (CLUSTERS + 4L * SNAPSHOTS) * CLUSTER + 8 * RECORD * SNAPSHOTS + (1 << 20);
  }

  private void write(DiskImage disk, int cluster, int number) throws IOException {
    disk.write((long) cluster * CLUSTER, content(number));
    now[cluster] = number;
  }

  private static byte[] content(int number) {
    ByteBuffer content = ByteBuffer.allocate(CLUSTER);
    while (content.hasRemaining()) {
      content.putInt(number);
    }
    return content.array();
  }

  private void take(DiskImage disk, String name) throws IOException {
    costsAsTheTables(() -> {
      var _ = disk.createSnapshot(name);
    });
    names.add(name);
    then.add(now.clone());
  }

  private void goBack(DiskImage disk, int one) throws IOException {
    costsAsTheTables(() -> disk.applySnapshot(names.get(one)));
    now = then.get(one).clone();
    assertHolds(disk, now);
  }

  private void delete(DiskImage disk, int one) throws IOException {
    costsAsTheTables(() -> disk.deleteSnapshot(names.get(one)));
    names.remove(one);
    then.remove(one);
  }

  private static List<String> names(DiskImage disk) throws IOException {
    return disk.info().snapshots().stream().map(Snapshot::name).toList();
  }

  private static void assertHolds(BlockDevice device, int[] numbers) throws IOException {
    byte[] found = new byte[CLUSTERS * CLUSTER];
    device.read(0, found);
    ByteBuffer expected = ByteBuffer.allocate(found.length);
    for (int number : numbers) {
      expected.put(content(number));
    }
    assertArrayEquals(expected.array(), found);
  }

  private void assertQemuFindsNothingWrong() throws IOException {
    Path file = directory.resolve("image.qcow2");
    byte[] piece = new byte[1 << 20];
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      for (long at = 0; at < storage.size(); at += piece.length) {
        int length = (int) Math.min(piece.length, storage.size() - at);
        storage.read(at, MemorySegment.ofArray(piece).asSlice(0, length));
        assertEquals(length, channel.write(ByteBuffer.wrap(piece, 0, length), at));
      }
    }
    Oracle qemuImg = Oracle.of("qemu-img").timeout(Duration.ofMinutes(5));
    qemuImg.run("check", "-q", file).orFail();
    String list = qemuImg.run("snapshot", "-l", file).orFail().output();
    assertEquals(names.size(), list.lines().filter(line -> line.contains(" snapshot ")).count());
  }
}
