package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.SingleFaultProof;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One operation on the file of a qcow2 image fails. */
final class SingleFaultTest extends SingleFaultProof {
  SingleFaultTest() {
    super(QCOW2);
  }

  @Override
  protected List<Case> cases() {
    return List.of(
        new Case("cluster_size=4096", 400, 40),
        new Case("cluster_size=512", 400, 40),
        new Case("cluster_size=4096," + Qcow2UnderTest.ENCRYPTED, 400, 40),
        new Case("cluster_size=512,compat=0.10", 400, 40),
        new Case("cluster_size=16384,extended_l2=on", 400, 40),
        // What is written before is a little less than the refcount table has room for.
        new Case("cluster_size=512,refcount_bits=64", 6144, 3700));
  }

  /** It was larger once, and what it had there it still has. */
  @Override
  protected void create(Path file, String layout, int size) throws IOException {
    int once = size + (1 << 16);
    super.create(file, layout, once);
    try (DiskImage disk = DiskImages.open(file, QCOW2.writable())) {
      disk.write(size, RandomContent.of(1, size, once - size));
    }
    ShortenedImage.shorten(file, size);
  }

  /** Though their entries are in two pages of the table, one of which cannot be read. */
  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=8192", "cluster_size=16384,extended_l2=on"})
  void clustersThatAreWrittenAtOnceAreRecordedAtOnce(String options) throws IOException {
    int boundary = 4 << 20;
    int length = 1 << 15;
    int reads = 0;
    for (boolean failed = true; failed; reads++) {
      FaultyStorage storage = image(options, 2 * boundary);
      try (DiskImage disk = open(storage)) {
        disk.write(0, RandomContent.of(2, 0, length));
      }
      byte[] found = new byte[length];
      byte[] content = RandomContent.of(3, boundary - length / 2, length);
      try (DiskImage disk = open(storage)) {
        storage.failReadAfter(reads);
        failed = false;
        try {
          disk.write(boundary - length / 2, content);
        } catch (IOException expected) {
          failed = true;
        }
        storage.heal();
        // Which may get the places that were given back.
        disk.write(boundary + length, RandomContent.of(4, boundary + length, 2 * length));
        disk.read(boundary - length / 2, found);
        assertArrayEquals(failed ? new byte[length] : content, found);
      }
      assertEquals("", RefcountAudit.of(storage).corruption());
      assertEquals(0, RefcountAudit.of(storage).leaks());
    }
    assertTrue(reads > 2, "only " + reads + " reads");
  }

  /** Of the clusters for a stream, the refcount of one cannot be read. */
  @Test
  void whatAStreamDoesNotGetIsFree() throws IOException {
    int failed = 0;
    int reads = 0;
    for (int unreached = 0; unreached < 3; reads++) {
      FaultyStorage storage = image("cluster_size=8192,refcount_bits=64", 8 << 20);
      int failures = 0;
      try (DiskImage disk = open(storage)) {
        // The streams come to where another page of refcounts begins, after 512 clusters.
        disk.write(0, RandomContent.of(2, 0, 485 * 8192));
        disk.flush();
        storage.failReadAfter(reads);
        for (int cluster = 600; cluster < 630; cluster++) {
          byte[] content = RandomContent.of(3, cluster * 8192, 8192);
          Arrays.fill(content, 5000, 8192, (byte) 0);
          try {
            disk.writeCompressed(cluster * 8192L, MemorySegment.ofArray(content));
            disk.flush();
          } catch (IOException expected) {
            failures++;
          }
        }
        storage.heal();
      }
      assertEquals("", RefcountAudit.of(storage).corruption(), "read " + reads);
      assertEquals(0, RefcountAudit.of(storage).leaks(), "read " + reads);
      failed += failures;
      unreached = failures == 0 ? unreached + 1 : 0;
    }
    assertTrue(failed > 10, failed + " failures");
  }

  /** One change fails in the flush that moves the refcount table, and the next flush goes on. */
  @Test
  void aRefcountTableThatCouldNotMoveMovesLater() throws IOException {
    int first = 3650 * 512;
    int length = 400 * 512;
    int changes = 0;
    boolean moved = false;
    for (boolean failed = true; failed; changes++) {
      FaultyStorage storage = image("cluster_size=512,refcount_bits=64", 6144 * 512);
      try (DiskImage disk = open(storage)) {
        disk.write(0, RandomContent.of(2, 0, first));
        disk.flush();
        long before = HeaderParser.read(storage).refcountTablePosition();
        disk.write(first, RandomContent.of(3, first, length));
        storage.failAfter(changes);
        failed = false;
        try {
          disk.flush();
        } catch (IOException expected) {
          failed = true;
        }
        storage.heal();
        try {
          disk.flush();
        } catch (IOException expected) {
          // After a barrier that failed nothing is written any more.
        }
        moved = before != HeaderParser.read(storage).refcountTablePosition();
        assertEquals("", RefcountAudit.of(storage).corruption(), "change " + changes);
      } catch (IOException expected) {
        assertTrue(failed);
      }
      assertEquals("", RefcountAudit.of(storage).corruption(), "change " + changes);
    }
    assertTrue(moved && changes > 8, changes + " changes");
  }

  /** The host reports only once that it has lost something. */
  @Test
  void afterAFailedBarrierNothingIsReportedDurable() throws IOException {
    int barriers = 0;
    for (boolean failed = true; failed; barriers++) {
      FaultyStorage storage = image("cluster_size=4096", 1 << 20);
      DiskImage disk = open(storage);
      disk.write(0, RandomContent.of(2, 0, 8192));
      disk.flush();
      disk.write(1 << 18, RandomContent.of(3, 1 << 18, 8192));
      disk.discard(0, 4096);
      storage.failFlushAfter(barriers);
      failed = false;
      try {
        disk.flush();
        disk.close();
      } catch (IOException expected) {
        failed = true;
      }
      if (failed) {
        assertThrows(IOException.class, disk::flush);
        assertThrows(IOException.class, () -> disk.write(0, new byte[512]));
        closeBroken(disk);
        open(storage).close();
        assertEquals("", RefcountAudit.of(storage).corruption());
        assertEquals(0, RefcountAudit.of(storage).leaks());
      }
    }
    assertTrue(barriers > 3, "too few barriers");
  }

  private static void closeBroken(DiskImage disk) {
    try {
      disk.close();
    } catch (IOException expected) {
      // Unless it was the closing that failed: then it is closed.
    }
  }
}
