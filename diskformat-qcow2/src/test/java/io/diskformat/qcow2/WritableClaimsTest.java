package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.testing.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an image claims to have, and its file does not, costs a writer nothing. */
final class WritableClaimsTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");
  private static final int CLUSTER = 64 << 10;
  private static final long FAR = 256L << 30;

  @TempDir private Path directory;

  private Path image(HandmadeImage image) throws IOException {
    return image.clusterBits(16).write(directory.resolve("image.qcow2"));
  }

  /** Its clusters would all be kept in memory. */
  @Test
  void theL1TableOfASnapshotIsInTheFile() throws IOException {
    Path path = image(new HandmadeImage());
    ByteBuffer record = ByteBuffer.allocate(40).putLong(0, FAR).putInt(8, 4 << 20);
    HeaderPatch.of(path).putInt(60, 1).putLong(64, 4 * CLUSTER).put(4 * CLUSTER, record.array());
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> DiskImages.open(path, WRITABLE));
    assertEquals("L1 table of a snapshot", e.structure());
    DiskImages.open(path).close();
  }

  /** A count makes blocks of refcounts for what is referred to, and not for all before it. */
  @Test
  void aClusterFarAwayNeedsOneBlockOfRefcounts() throws IOException {
    Path path = image(new HandmadeImage().withData());
    HeaderPatch.of(path)
        .putLong(4 * CLUSTER + 8, L2Entry.COPIED | FAR)
        .setBits(HeaderPatch.INCOMPATIBLE, Qcow2Header.DIRTY)
        .put(FAR, new byte[CLUSTER]);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(5 * CLUSTER, new byte[] {1});
    }
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      long allocated = storage.allocatedSize().orElseThrow();
      assertTrue(allocated < 4 << 20, allocated + " bytes");
      Qcow2Header header = HeaderParser.read(storage);
      assertEquals(1, new Refcounts(storage, pages(storage), header).get(FAR / CLUSTER));
    }
  }

  private static MetadataPages pages(Storage storage) {
    return new MetadataPages(storage, CLUSTER);
  }

  /** A writer that has little memory. */
  static final class Child {
    public static void main(String[] images) {
      for (String image : images) {
        try (DiskImage disk = DiskImages.open(Path.of(image), WRITABLE)) {
          disk.write(0, new byte[] {1});
          disk.discard(0, Math.min(1 << 30, disk.size()));
          disk.flush();
        } catch (IOException e) {
          // Refused, as it may be.
        }
      }
    }
  }

  @Test
  void imagesMadeToCostMuchAreWrittenOrRefused() throws Exception {
    for (Path bomb : new Bombs(directory).all()) {
      ChildJvm.Result result =
          ChildJvm.of(WritableClaimsTest.class)
              .and(Qcow2Format.class)
              .options("-Xmx64m")
              .run(Child.class, bomb.toString());
      assertEquals("", result.error(), bomb.toString());
      assertEquals(0, result.exitCode(), bomb.toString());
    }
  }
}
