package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** References counted anew, as after a crash. */
final class RefcountRepairTest {
  private static final int CLUSTER = 512;
  private static final int SIZE = 256 * CLUSTER;
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");

  /** The place of the table that was too short is free, but only once. */
  @Test
  void whereARefcountTableWasIsNotFreedTwice() throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    DiskImages.create(
        storage,
        CreateOptions.format("qcow2")
            .size(SIZE)
            .option("cluster_size", String.valueOf(CLUSTER))
            .option("refcount_bits", "64"));
    // A table of one cluster counts 64 clusters for each of its 64 blocks: 2 MiB. What a crash left
    // of the space that was reserved ahead goes further.
    storage.resize(3 << 20);
    setDirty(storage);

    byte[] content = new byte[SIZE];
    Random random = new Random(1);
    DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
    for (int at = 0; at < SIZE; at += CLUSTER) {
      byte[] cluster = new byte[CLUSTER];
      random.nextBytes(cluster);
      Arrays.fill(cluster, 100, CLUSTER, (byte) at);
      System.arraycopy(cluster, 0, content, at, CLUSTER);
      disk.writeCompressed(at, MemorySegment.ofArray(cluster));
    }
    disk.flush();
    byte[] found = new byte[SIZE];
    disk.read(0, found);
    assertArrayEquals(content, found);
    disk.close();
    RefcountAudit audit = RefcountAudit.of(storage);
    assertEquals("", audit.corruption());
    assertEquals(0, audit.leaks());
  }

  /** More clusters than are counted at once, the last of which hold tables. */
  @Test
  void theLastClustersOfALargeFileAreCountedToo() throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    DiskImages.create(
        storage,
        CreateOptions.format("qcow2")
            .size(CLUSTER)
            .option("cluster_size", String.valueOf(CLUSTER)));
    storage.resize(((1L << 22) + 100) * CLUSTER);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE)) {
      // Its longer L1 table goes to the end of the file, and so do the refcounts for that.
      disk.resize(SIZE);
    }
    Qcow2Header header = HeaderParser.read(storage);
    long table = header.l1Position() / CLUSTER;
    assertTrue(table > 1 << 22, "only at " + table);
    MetadataPages pages = new MetadataPages(storage, CLUSTER);
    Refcounts refcounts = new Refcounts(storage, pages, header);
    refcounts.set(table, 0);
    refcounts.set(header.refcountTablePosition() / CLUSTER, 2);
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    setDirty(storage);
    RefcountAudit broken = RefcountAudit.of(storage);
    assertNotEquals("", broken.corruption());
    assertEquals(1, broken.leaks());

    DiskImages.open(new NamedStorage(storage, null), WRITABLE).close();
    RefcountAudit audit = RefcountAudit.of(storage);
    assertEquals("", audit.corruption());
    assertEquals(0, audit.leaks());
  }

  /**
   * A crash may keep the refcount of a cluster by which the file was to grow, but not the growth.
   */
  @Test
  void whatWasHandedOutBehindTheEndOfTheFileIsFree() throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    DiskImages.create(storage, CreateOptions.format("qcow2").size(1 << 20));
    Qcow2Header header = HeaderParser.read(storage);
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    new Refcounts(storage, pages, header).set(storage.size() / header.clusterSize() + 2, 1);
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    setDirty(storage);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE)) {
      disk.write(0, RandomContent.of(1, 0, 1 << 20));
    }
    RefcountAudit audit = RefcountAudit.of(storage);
    assertEquals("", audit.corruption());
    assertEquals(0, audit.leaks());
  }

  /** A table of 8192 entries that four million name would otherwise be read for days. */
  @Test
  void anL2TableThatAllEntriesNameIsReadOnce() throws IOException {
    int cluster = 1 << 16;
    int l1Entries = 1 << 22;
    PagedStorage storage = new PagedStorage("image.qcow2");
    DiskImages.create(storage, CreateOptions.format("qcow2").size(cluster));
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE)) {
      disk.write(0, new byte[] {1});
    }
    Qcow2Header before = HeaderParser.read(storage);
    ByteBuffer l1 = ByteBuffer.allocate(8 * l1Entries);
    long entry = storage.readLong(before.l1Position());
    while (l1.hasRemaining()) {
      l1.putLong(entry);
    }
    long place = Math.ceilDiv(storage.size(), cluster) * (long) cluster;
    storage.write(place, MemorySegment.ofBuffer(l1.flip()));
    storage.write(36, MemorySegment.ofBuffer(ByteBuffer.allocate(4).putInt(0, l1Entries)));
    storage.write(40, MemorySegment.ofBuffer(ByteBuffer.allocate(8).putLong(0, place)));
    Qcow2Header header = HeaderParser.read(storage);
    MetadataPages pages = new MetadataPages(storage, cluster);
    long[] calls = new long[1];
    long[] ofTable = new long[1];
    long[] ofData = new long[1];
    long table = L1Entry.table(entry);
    long data = L2Entry.place(storage.readLong(table));
    try (ClusterReader compressed = new ClusterReader(storage, header)) {
      Refcounts refcounts = new Refcounts(storage, pages, header);
      new References(storage, header, pages, refcounts, compressed)
          .visit((first, count, entries) -> {
            assertTrue(++calls[0] < 100, "read again and again");
            ofTable[0] += first == table / cluster ? entries : 0;
            ofData[0] += first == data / cluster ? entries : 0;
          });
    }
    assertEquals(l1Entries, ofTable[0]);
    assertEquals(l1Entries, ofData[0]);
    setDirty(storage);
    // Of 16 bits.
    assertThrows(
        CorruptImageException.class,
        () -> DiskImages.open(new NamedStorage(storage, null), WRITABLE));
  }

  /** Or a write would land on what a snapshot still shows. */
  @Test
  void aFlagThatSaysThatASharedClusterIsTheDisksAloneIsCleared(@TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("image.qcow2");
    DiskImages.create(file, CreateOptions.format("qcow2").size(SIZE).option("cluster_size", "512"));
    byte[] before = RandomContent.of(1, 0, SIZE);
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      disk.write(0, before);
    }
    Oracle.qemuImg("snapshot", "-c", "before", file).orFail();
    int flagged = 0;
    try (Storage image = FileStorage.open(file, true, FileStorage.Sharing.UNLOCKED)) {
      Qcow2Header header = HeaderParser.read(image);
      for (int i = 0; i < header.l1Entries(); i++) {
        long table = flag(image, header.l1Position() + 8L * i);
        for (long at = table; at < table + CLUSTER; at += 8) {
          flagged += flag(image, at) == 0 ? 0 : 1;
        }
      }
      image.write(79, MemorySegment.ofArray(new byte[] {1}));
      assertNotEquals("", RefcountAudit.of(image).corruption());
    }
    assertEquals(SIZE / CLUSTER, flagged);
    DiskImages.open(file, WRITABLE).close();
    try (Storage image = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      assertEquals("", RefcountAudit.of(image).corruption());
    }
    byte[] after = RandomContent.of(2, 0, SIZE);
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      disk.write(0, after);
      disk.read(0, found);
      assertArrayEquals(after, found);
    }
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("qcow2"));
        BlockDevice snapshot = disk.openSnapshot("before")) {
      snapshot.read(0, found);
      assertArrayEquals(before, found);
    }
    Oracle.qemuImg("check", "-f", "qcow2", file).orFail();
  }

  /** Sets the flag of an entry, if that points somewhere; returns where. */
  private static long flag(Storage image, long position) throws IOException {
    long place = image.readLong(position) & L2Entry.PLACE;
    ByteBuffer entry = ByteBuffer.allocate(Long.BYTES).putLong(0, place | L2Entry.COPIED);
    if (place != 0) {
      image.write(position, MemorySegment.ofBuffer(entry));
    }
    return place;
  }

  private static void setDirty(PagedStorage storage) throws IOException {
    storage.write(79, MemorySegment.ofArray(new byte[] {1}));
  }
}
