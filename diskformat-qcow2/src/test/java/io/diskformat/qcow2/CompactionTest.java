package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.ProgressListener;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a compacted image still has, cluster for cluster. */
final class CompactionTest {
  private static final int CLUSTER = 4096;

  /** In clusters: header, refcount table, a refcount block, L1 table. */
  private static final int LEAST = 4;

  @TempDir private Path directory;

  private Path image() {
    return directory.resolve("image.qcow2");
  }

  private void create(String options, long size) throws IOException {
    QCOW2.create(image(), options, size);
  }

  private DiskImage open() throws IOException {
    return DiskImages.open(image(), QCOW2.writable());
  }

  private static byte[] content(DiskImage disk) throws IOException {
    byte[] content = new byte[Math.toIntExact(disk.size())];
    disk.read(0, content);
    return content;
  }

  private void write(int firstCluster, int clusters) throws IOException {
    try (DiskImage disk = open()) {
      disk.write(
          (long) firstCluster * CLUSTER,
          RandomContent.of(1, firstCluster * CLUSTER, clusters * CLUSTER));
    }
  }

  private void compact() throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(image(), QCOW2.writable())) {
      image.compact(ProgressListener.NONE);
    }
  }

  /** Compacts, and fails unless all is there, in this number of clusters. */
  private void compactTo(long clusters) throws IOException {
    ShownImage before;
    try (DiskImage disk = open()) {
      before = ShownImage.of(disk);
    }
    compact();
    assertEquals("", QCOW2.problemOf(image()));
    try (DiskImage disk = open()) {
      before.verify(disk);
    }
    assertEquals(clusters, Files.size(image()) / CLUSTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"compat=1.1", "compat=0.10"})
  void zeroesAreNotStored(String version) throws IOException {
    create("cluster_size=4096," + version, 8 << 20);
    write(0, 100);
    try (DiskImage disk = open()) {
      disk.write(10 * CLUSTER, new byte[60 * CLUSTER]);
      disk.write(0, new byte[CLUSTER - 1]);
      disk.discard(5 * CLUSTER, CLUSTER);
    }
    // One sector of the first cluster is not zero.
    compactTo(LEAST + 1 + 39);
  }

  @Test
  void nothingIsLeftOfNothing() throws IOException {
    create("cluster_size=4096,preallocation=full", 16 << 20);
    assertTrue(Files.size(image()) > 16 << 20);
    compactTo(LEAST);
  }

  @Test
  void ofTheLastClusterOnlyWhatIsOnTheDiskCounts() throws IOException {
    create("cluster_size=4096", 20 * CLUSTER - 512);
    write(0, 19);
    try (DiskImage disk = open()) {
      disk.write(19 * CLUSTER, new byte[CLUSTER - 512]);
    }
    compactTo(LEAST + 1 + 19);
  }

  @Test
  void whatTheBackingFileHasIsNotStored() throws IOException {
    create("cluster_size=4096,backing_file=base.raw,backing_fmt=raw", 40 * CLUSTER);
    byte[] base = RandomContent.of(1, 0, 30 * CLUSTER);
    Files.write(directory.resolve("base.raw"), base);
    try (DiskImage disk = open()) {
      disk.write(0, base);
      // Zeroes over data, and over none.
      disk.write(3 * CLUSTER, new byte[4 * CLUSTER]);
      disk.write(28 * CLUSTER, new byte[8 * CLUSTER]);
      disk.write(20 * CLUSTER, new byte[100]);
    }
    compactTo(LEAST + 1 + 1);
    try (DiskImage disk = open()) {
      assertEquals(3 * CLUSTER, requireNonNull(disk.extents(0, disk.size()).next()).length());
    }
  }

  /** Version 2 has no record of zeroes, so that what hides the backing file stays. */
  @Test
  void zeroesOverABackingFileStayInVersion2() throws IOException {
    create("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw", 40 * CLUSTER);
    Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, 30 * CLUSTER));
    try (DiskImage disk = open()) {
      disk.write(10 * CLUSTER, new byte[30 * CLUSTER]);
      disk.write(10 * CLUSTER, RandomContent.of(1, 10 * CLUSTER, 5 * CLUSTER));
    }
    compactTo(LEAST + 1 + 15);
  }

  @Test
  void subclustersAreForgottenOneByOne() throws IOException {
    create("cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw", 1 << 20);
    byte[] base = RandomContent.of(1, 0, 1 << 20);
    Files.write(directory.resolve("base.raw"), base);
    try (DiskImage disk = open()) {
      disk.write(0, RandomContent.of(2, 0, 3 * 16384));
      // The second is as below or zero, but for one subcluster.
      disk.write(16384, Arrays.copyOfRange(base, 16384, 16384 + 8192));
      disk.write(16384 + 8192, new byte[8192 - 512]);
      // The third is not needed at all.
      disk.write(2 * 16384, Arrays.copyOfRange(base, 2 * 16384, 2 * 16384 + 512));
      disk.write(2 * 16384 + 512, new byte[16384 - 512]);
    }
    compactTo((LEAST + 1 + 2) * 4L);
    try (DiskImage disk = open()) {
      assertEquals(8192, requireNonNull(disk.extents(16384, 16384).next()).length());
    }
  }

  @Test
  void streamsArePackedTogether() throws IOException {
    create("cluster_size=4096", 200 * CLUSTER);
    byte[] content = new byte[200 * CLUSTER];
    new Random(1).nextBytes(content);
    for (int i = 0; i < 200; i++) {
      // Each takes up a quarter of a cluster and a little, or is nothing at all.
      Arrays.fill(content, i * CLUSTER + 1100, (i + 1) * CLUSTER, (byte) 0);
    }
    Arrays.fill(content, 0, 10 * CLUSTER, (byte) 0);
    try (DiskImage disk = open()) {
      for (int i = 0; i < 200; i++) {
        disk.writeCompressed(
            i * (long) CLUSTER,
            MemorySegment.ofArray(content).asSlice(i * (long) CLUSTER, CLUSTER));
      }
      disk.discard(10 * CLUSTER, 100 * CLUSTER);
    }
    compact();
    assertEquals("", QCOW2.problemOf(image()));
    try (DiskImage disk = open()) {
      Arrays.fill(content, 10 * CLUSTER, 110 * CLUSTER, (byte) 0);
      assertArrayEquals(content, content(disk));
    }
    long clusters = Files.size(image()) / CLUSTER;
    assertTrue(clusters <= LEAST + 1 + 90 * 1150 / CLUSTER + 2, clusters + " clusters");
  }

  /** What a snapshot has is kept, and moves with all that refers to it. */
  @Test
  void snapshotsKeepWhatTheyHave() throws IOException {
    create("cluster_size=4096", 100 * CLUSTER);
    write(0, 90);
    try (DiskImage disk = open()) {
      disk.discard(0, 40 * CLUSTER);
      disk.createSnapshot("one");
      disk.createSnapshot("two");
      disk.write(60 * CLUSTER, new byte[20 * CLUSTER]);
      disk.deleteSnapshot("two");
    }
    // Two L2 tables, since the disk forgets what the snapshot has; its L1 table, snapshot table.
    compactTo(LEAST + 2 + 50 + 2);
    try (DiskImage disk = open()) {
      disk.deleteSnapshot("one");
    }
    compactTo(LEAST + 1 + 30);
  }

  @Test
  void tablesGetShorter() throws IOException {
    create("cluster_size=512,refcount_bits=64", 1 << 20);
    try (DiskImage disk = open()) {
      disk.resize(8 << 20);
      disk.write(0, RandomContent.of(1, 0, 8 << 20));
      disk.discard(512, (8 << 20) - 512);
      disk.resize(1 << 20);
    }
    compact();
    assertEquals("", QCOW2.problemOf(image()));
    assertEquals((LEAST + 2) * 512, Files.size(image()));
    try (DiskImage disk = open()) {
      byte[] expected = new byte[1 << 20];
      System.arraycopy(RandomContent.of(1, 0, 512), 0, expected, 0, 512);
      assertArrayEquals(expected, content(disk));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "on"})
  void aDataFileGetsHoles(String raw) throws IOException {
    create("cluster_size=65536,data_file=image.data,data_file_raw=" + raw, 8 << 20);
    byte[] content = RandomContent.of(1, 0, 8 << 20);
    Arrays.fill(content, 1 << 20, 7 << 20, (byte) 0);
    try (DiskImage disk = open()) {
      disk.write(0, content);
    }
    Path data = directory.resolve("image.data");
    long before = allocated(data);
    compact();
    assertEquals("", QCOW2.problemOf(image()));
    try (DiskImage disk = open()) {
      assertArrayEquals(content, content(disk));
    }
    if (raw.equals("on")) {
      assertArrayEquals(content, Files.readAllBytes(data));
    }
    long now = allocated(data);
    assertTrue(now <= before - (6 << 20) + (1 << 16), now + " bytes of " + before);
  }

  /** Where data is in a data file is fixed; but its tables move. */
  @Test
  void aDataFileStaysAsItIs() throws IOException {
    create("cluster_size=512,data_file=image.data", 1 << 20);
    byte[] content = RandomContent.of(1, 0, 1 << 20);
    try (DiskImage disk = open()) {
      disk.write(0, content);
    }
    Arrays.fill(content, 0, 1 << 19, (byte) 0);
    try (DiskImage disk = open()) {
      disk.write(0, new byte[1 << 19]);
    }
    long before = Files.size(image());
    compact();
    assertEquals("", QCOW2.problemOf(image()));
    try (DiskImage disk = open()) {
      assertArrayEquals(content, content(disk));
    }
    // An L2 table is for 32 KiB.
    assertEquals(before - 16 * 512, Files.size(image()));
  }

  private static long allocated(Path file) throws IOException {
    try (Storage storage = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      return storage.allocatedSize().orElseThrow();
    }
  }

  /** It may have been written by somebody who did not close it. */
  @Test
  void refcountsThatNeedNotBeRightAreCountedAnew() throws IOException {
    create("cluster_size=4096,lazy_refcounts=on", 100 * CLUSTER);
    write(0, 50);
    try (DiskImage disk = open()) {
      disk.write(0, new byte[20 * CLUSTER]);
    }
    HeaderPatch.of(image()).setBits(HeaderPatch.INCOMPATIBLE, Qcow2Header.DIRTY);
    byte[] block = Files.readAllBytes(image());
    // The refcount block is the third cluster.
    Arrays.fill(block, 2 * CLUSTER, 3 * CLUSTER, (byte) 0);
    Files.write(image(), block);
    compactTo(LEAST + 1 + 30);
  }

  @Test
  void whatIsDamagedStaysAsItIs() throws IOException {
    create("cluster_size=4096", 100 * CLUSTER);
    write(0, 50);
    byte[] bytes = Files.readAllBytes(image());
    Arrays.fill(bytes, 2 * CLUSTER + 10, 2 * CLUSTER + 20, (byte) 0);
    Files.write(image(), bytes);
    CorruptImageException thrown = assertThrows(CorruptImageException.class, this::compact);
    assertTrue(thrown.getMessage().contains("a check finds 5 errors"), thrown.getMessage());
    assertTrue(thrown.getMessage().contains("image.qcow2"), thrown.getMessage());
    assertArrayEquals(bytes, Files.readAllBytes(image()));
  }

  @Test
  void leaksAreFreed() throws IOException {
    create("cluster_size=4096", 100 * CLUSTER);
    write(0, 50);
    byte[] bytes = Files.readAllBytes(image());
    for (int i = 200; i < 300; i++) {
      bytes[2 * CLUSTER + 2 * i + 1] = 1;
    }
    Files.write(image(), Arrays.copyOf(bytes, 300 * CLUSTER));
    compactTo(LEAST + 1 + 50);
  }

  @Test
  void anEncryptedImageNeedsItsPassphrase() throws IOException {
    create("cluster_size=4096," + Qcow2UnderTest.ENCRYPTED, 100 * CLUSTER);
    write(0, 50);
    byte[] bytes = Files.readAllBytes(image());
    try (ImageMaintenance image =
        DiskImages.maintain(image(), OpenOptions.writable().format("qcow2"))) {
      assertThrows(PassphraseException.class, () -> image.compact(ProgressListener.NONE));
    }
    assertArrayEquals(bytes, Files.readAllBytes(image()));
  }

  @Test
  void theBackingFileIsAskedFor() throws IOException {
    create("cluster_size=4096,backing_file=base.raw,backing_fmt=raw", 40 * CLUSTER);
    try (ImageMaintenance image =
        DiskImages.maintain(image(), QCOW2.writable().references(ReferencePolicy.deny()))) {
      assertThrows(ReferenceDeniedException.class, () -> image.compact(ProgressListener.NONE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void progressNeverGoesBack(CompactableImage.Kind kind) throws IOException {
    var storage = CompactableImage.make(kind, directory, new Random(5));
    List<Long> reported = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    CompactableImage.compact(
        storage,
        directory,
        (done, total) -> {
          reported.add(done);
          totals.add(total);
        });
    assertTrue(reported.size() > 10, reported::toString);
    assertEquals(reported.stream().sorted().distinct().toList(), reported);
    assertEquals(1, totals.stream().distinct().count());
    assertEquals(totals.getLast(), reported.getLast());
  }

  @ParameterizedTest
  @EnumSource
  void endsWhenInterruptedAndCanBeBegunAgain(CompactableImage.Kind kind) throws IOException {
    var storage = CompactableImage.make(kind, directory, new Random(5));
    ShownImage before = ShownImage.of(CompactableImage.named(storage, directory));
    long steps = 0;
    for (boolean interrupted = true; interrupted; steps++) {
      long[] left = {2 * steps * steps};
      try {
        CompactableImage.compact(
            storage,
            directory,
            (done, total) -> {
              if (left[0]-- == 0 && done < total) {
                Thread.currentThread().interrupt();
              }
            });
        interrupted = false;
      } catch (InterruptedIOException e) {
        assertTrue(Thread.interrupted());
        assertEquals("", QCOW2.corruption(storage));
      }
      before.verify(CompactableImage.named(storage, directory));
    }
    assertEquals("", QCOW2.problem(storage));
    assertTrue(steps > 2, steps + " steps");
  }
}
