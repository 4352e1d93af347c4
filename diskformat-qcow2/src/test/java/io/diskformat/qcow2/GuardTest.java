package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import io.diskformat.qcow2.MetadataRegions.Kind;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose tables say that tables may be overwritten, and some that only look so. */
final class GuardTest {
  private static final String PASSPHRASE = "of all tables";
  private static final OpenOptions WRITABLE =
      OpenOptions.writable().format("qcow2").secret(SecretSupplier.of(PASSPHRASE.toCharArray()));
  private static final int CLUSTER = 4096;
  private static final int REFCOUNT_BLOCK = 2 * CLUSTER;
  private static final long COPIED = 1L << 63;

  @TempDir private Path directory;

  private Path image() throws IOException {
    Path path = directory.resolve("image.qcow2");
    DiskImages.create(
        path, CreateOptions.format("qcow2").size(1 << 20).option("cluster_size", "4096"));
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, RandomContent.of(1, 0, 3 * CLUSTER));
    }
    return path;
  }

  private static long word(Path path, long position) throws IOException {
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      return storage.readLong(position);
    }
  }

  /** Returns where the only L2 table is. */
  private static long l2(Path path) throws IOException {
    return word(path, word(path, 40)) & L2Entry.PLACE;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, L2Entry.ZERO})
  void noWriteLandsOnATable(long flag) throws IOException {
    Path path = image();
    HeaderPatch.of(path).putLong(l2(path) + 8, REFCOUNT_BLOCK | COPIED | flag);
    byte[] block = new byte[CLUSTER];
    System.arraycopy(Files.readAllBytes(path), REFCOUNT_BLOCK, block, 0, CLUSTER);
    DiskImage disk = DiskImages.open(path, WRITABLE);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> disk.write(CLUSTER, new byte[512]));
    assertEquals("refcount block", e.structure());
    assertEquals(REFCOUNT_BLOCK, e.position());
    assertThrows(IOException.class, () -> disk.write(0, new byte[512]));
    assertThrows(IOException.class, disk::close);
    byte[] after = new byte[CLUSTER];
    System.arraycopy(Files.readAllBytes(path), REFCOUNT_BLOCK, after, 0, CLUSTER);
    assertArrayEquals(block, after);
    assertTrue((word(path, HeaderPatch.INCOMPATIBLE) & Qcow2Header.CORRUPT) != 0);
    assertThrows(CorruptImageException.class, () -> DiskImages.open(path, WRITABLE));
  }

  /** Its entry changes before what it referred to is given up, which then must not fail. */
  @Test
  void aClusterWhoseStreamCanBeNowhereIsReplaced() throws IOException {
    Path path = image();
    HeaderPatch.of(path).putLong(l2(path) + 8, L2Entry.COMPRESSED | 1L << 56);
    byte[] one = RandomContent.of(3, 0, CLUSTER);
    byte[] other = RandomContent.of(4, 0, CLUSTER);
    byte[] found = new byte[CLUSTER];
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      assertThrows(CorruptImageException.class, () -> disk.read(CLUSTER, found));
      disk.write(CLUSTER, one);
      disk.write(5 * CLUSTER, other);
      disk.flush();
      disk.read(CLUSTER, found);
      assertArrayEquals(one, found);
    }
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
    }
  }

  /** Then a copy is written, and the old place is data's like any other. */
  @Test
  void aTableThatIsNotFlaggedAsSingleIsReplaced() throws IOException {
    Path path = image();
    long l1 = word(path, 40);
    HeaderPatch.of(path).putLong(l1, l2(path));
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      for (int round = 0; round < 4; round++) {
        disk.write(round * 8 * CLUSTER, RandomContent.of(2, round * 8 * CLUSTER, 8 * CLUSTER));
        disk.flush();
      }
    }
    byte[] found = new byte[32 * CLUSTER];
    try (DiskImage disk = DiskImages.open(path);
        Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      disk.read(0, found);
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
    assertArrayEquals(RandomContent.of(2, 0, 32 * CLUSTER), found);
  }

  // Every kind of table, and of each the last cluster

  private static final int TINY = 512;
  private static final int TINY_DISK = 4 << 20;

  /** How much of the disk one L2 table is for. */
  private static final int TINY_COVERAGE = TINY * TINY / 8;

  /** An image that has tables of every kind, of each more than fit into one cluster. */
  private Path imageOfAllTables() throws IOException {
    Path path = directory.resolve("image.qcow2");
    EncryptedImage image = new EncryptedImage(path, "qcow2", PASSPHRASE);
    DiskImages.create(path, image.creation(TINY_DISK, Map.of("cluster_size", "512")));
    writeFirstAndLast(path);
    image.byQemu("snapshot", "-c", "one").orFail();
    image.byQemu("snapshot", "-c", "x".repeat(TINY / 2)).orFail();
    image.byQemu("snapshot", "-c", "y".repeat(TINY / 2)).orFail();
    image.byQemu("bitmap", "--add", "--disable", "a".repeat(TINY)).orFail();
    image.byQemu("bitmap", "--add", "--disable", "b".repeat(TINY)).orFail();
    return path;
  }

  private static void writeFirstAndLast(Path path) throws IOException {
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, RandomContent.of(1, 0, TINY_COVERAGE));
      disk.write(
          TINY_DISK - TINY_COVERAGE, RandomContent.of(1, TINY_DISK - TINY_COVERAGE, TINY_COVERAGE));
    }
  }

  /** Returns where the last cluster of a kind of table is, as the fields in the file have it. */
  private static long lastCluster(Path path, Kind kind) throws IOException {
    try (Storage image = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      long snapshots = image.readLong(64);
      return switch (kind) {
        case HEADER -> 0;
        case REFCOUNT_TABLE -> image.readLong(48) + (upperHalf(image, 56) - 1L) * TINY;
        case REFCOUNT_BLOCK -> lastWord(image, image.readLong(48), upperHalf(image, 56) * TINY / 8);
        case L1 -> lastClusterOf(image.readLong(40), upperHalf(image, 36) * 8L);
        case L2 -> lastWord(image, image.readLong(40), upperHalf(image, 36));
        case SNAPSHOT_TABLE -> {
          SnapshotTable table = SnapshotTable.read(image, HeaderParser.read(image));
          yield lastClusterOf(snapshots, table.end() - snapshots);
        }
        case SNAPSHOT_L1 ->
            lastClusterOf(image.readLong(snapshots), upperHalf(image, snapshots + 8) * 8L);
        case SNAPSHOT_L2 ->
            lastWord(image, image.readLong(snapshots), upperHalf(image, snapshots + 8));
        case BITMAPS -> {
          BitmapDirectory.Place place = BitmapDirectory.place(image, HeaderParser.read(image));
          yield lastClusterOf(place.position(), place.size());
        }
        case ENCRYPTION_HEADER -> {
          EncryptionHeader luks = EncryptionHeader.of(image, HeaderParser.read(image));
          yield lastClusterOf(luks.position(), luks.length());
        }
      };
    }
  }

  private static int upperHalf(Storage image, long position) throws IOException {
    return (int) (image.readLong(position) >>> 32);
  }

  private static long lastClusterOf(long start, long length) {
    assertTrue(length > TINY, "a table of one cluster");
    return (start + length - 1) & -TINY;
  }

  /** Returns where the last entry of a table that is not empty points. */
  private static long lastWord(Storage image, long table, int entries) throws IOException {
    for (int i = entries - 1; i > 0; i--) {
      long place = image.readLong(table + 8L * i) & L2Entry.PLACE;
      if (place != 0) {
        return place;
      }
    }
    throw new AssertionError("a table of one entry");
  }

  private static byte[] cluster(Path path, long position) throws IOException {
    return Arrays.copyOfRange(
        Files.readAllBytes(path),
        (int) position,
        (int) Math.min(position + TINY, Files.size(path)));
  }

  /** An entry of the disk says that its cluster is there. */
  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "HEADER")
  void noWriteLandsOnTheLastClusterOfATable(Kind kind) throws IOException {
    Path path = imageOfAllTables();
    // The disk has tables of its own now.
    writeFirstAndLast(path);
    long table = lastCluster(path, kind);
    long l2 = word(path, word(path, 40)) & L2Entry.PLACE;
    HeaderPatch.of(path).putLong(l2 + 8, table | COPIED);
    byte[] before = cluster(path, table);
    DiskImage disk = DiskImages.open(path, WRITABLE);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> disk.write(TINY, new byte[TINY]));
    assertEquals(kind.toString(), e.structure());
    assertEquals(table, e.position());
    assertThrows(IOException.class, disk::close);
    assertArrayEquals(before, cluster(path, table));
  }

  /** The refcount of the cluster says that it is free, as that of no other does. */
  @ParameterizedTest
  @EnumSource
  void theLastClusterOfATableIsNotHandedOut(Kind kind) throws IOException {
    Path path = imageOfAllTables();
    writeFirstAndLast(path);
    long table = lastCluster(path, kind);
    try (Storage image = FileStorage.open(path, true, FileStorage.Sharing.UNLOCKED)) {
      Qcow2Header header = HeaderParser.read(image);
      MetadataPages pages = new MetadataPages(image, TINY);
      Refcounts refcounts = new Refcounts(image, pages, header);
      for (long cluster = 0; cluster < table / TINY; cluster++) {
        refcounts.set(cluster, Math.max(1, refcounts.get(cluster)));
      }
      refcounts.set(table / TINY, 0);
      pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    }
    byte[] before = cluster(path, table);
    DiskImage disk = DiskImages.open(path, WRITABLE);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> disk.write(TINY_COVERAGE, new byte[TINY]));
    assertEquals(kind.toString(), e.structure());
    assertThrows(IOException.class, disk::close);
    if (kind != Kind.HEADER && kind != Kind.REFCOUNT_BLOCK) {
      assertArrayEquals(before, cluster(path, table));
    }
  }

  /** Though it was the disk's, too, until that got a copy. */
  @Test
  void theTableThatASnapshotIsLeftWithIsGuardedFurther() throws IOException {
    Path path = imageOfAllTables();
    long table = lastCluster(path, Kind.L2);
    assertEquals(table, lastCluster(path, Kind.SNAPSHOT_L2));
    long l2 = word(path, word(path, 40)) & L2Entry.PLACE;
    HeaderPatch.of(path).putLong(l2 + 8, table | COPIED);
    byte[] before = cluster(path, table);
    DiskImage disk = DiskImages.open(path, WRITABLE);
    disk.write(TINY_DISK - TINY, new byte[TINY]);
    disk.flush();
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> disk.write(TINY, new byte[TINY]));
    assertEquals(table, e.position());
    assertThrows(IOException.class, disk::close);
    assertArrayEquals(before, cluster(path, table));
  }
}
