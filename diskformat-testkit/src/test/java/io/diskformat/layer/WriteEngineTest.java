package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.ImageClosedException;
import io.diskformat.device.UnitLocks;
import io.diskformat.layer.PlainDisk.Writer;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every format gets from the write engine: here with the plainest format there can be. */
final class WriteEngineTest {
  private static final int CLUSTER = PlainDisk.CLUSTER;

  /** So many clusters are dealt with under one set of locks. */
  private static final int PIECE = 32;

  private static byte[] filled(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xff);
    return bytes;
  }

  /** A disk that is full of other than zeroes. */
  private static LayerReader reader(PlainDisk disk, PagedStorage storage) {
    return new LayerReader("disk", disk.size(), disk.table, storage, null);
  }

  private static LayeredDevice below(FaultyStorage storage, int size) throws IOException {
    storage.write(0, MemorySegment.ofArray(filled(size)));
    return new LayeredDevice("below", size, PlainDisk.oneToOne(), storage, null);
  }

  // Failures

  @Test
  void placesThatCouldNotBeFilledAreGivenBack() throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("top");
    FaultyStorage belowStorage = FaultyStorage.inMemory("below");
    PlainDisk disk = new PlainDisk(8 * CLUSTER, storage, below(belowStorage, 8 * CLUSTER));
    storage.failAfter(0);
    assertThrows(IOException.class, () -> disk.write(0, new byte[CLUSTER]));
    assertEquals(disk.writer.placed, disk.writer.abandoned);
    belowStorage.failReadAfter(0);
    assertThrows(IOException.class, () -> disk.write(CLUSTER, new byte[1]));
    assertEquals(2, disk.writer.placed.size());
    assertEquals(disk.writer.placed, disk.writer.abandoned);
    disk.write(0, new byte[CLUSTER]);
    assertEquals(2, disk.writer.abandoned.size());
  }

  /** There are no more buffers than this; whoever wants one while all are in use waits. */
  @Test
  void failuresToCopyWhatAClusterKeepsUseUpNothing() throws IOException {
    FaultyStorage belowStorage = FaultyStorage.inMemory("below");
    BlockDevice below = below(belowStorage, 8 * CLUSTER);
    PlainDisk disk = new PlainDisk(8 * CLUSTER, new PagedStorage("top"), below);
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          for (int i = 0; i < 200; i++) {
            belowStorage.failReadAfter(0);
            assertThrows(IOException.class, () -> disk.write(1, new byte[1]));
          }
          belowStorage.heal();
          disk.write(1, new byte[1]);
        });
    byte[] found = new byte[3];
    disk.read(0, found);
    assertArrayEquals(new byte[] {-1, 0, -1}, found);
  }

  @Test
  void failuresToCompressUseUpNothing() throws IOException {
    PlainDisk disk = new PlainDisk(CLUSTER, new PagedStorage("top"), null);
    MemorySegment cluster = MemorySegment.ofArray(filled(CLUSTER));
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          disk.writer.compressFails = true;
          for (int i = 0; i < 200; i++) {
            assertThrows(IOException.class, () -> disk.writeCompressed(0, cluster));
          }
          disk.writer.compressFails = false;
          disk.writeCompressed(0, cluster);
        });
    assertEquals(1, disk.writer.streams.size());
  }

  @Test
  void whatCannotBeFinishedIsClosedAllTheSame() throws IOException {
    PlainDisk disk = new PlainDisk(CLUSTER, new PagedStorage("top"), null);
    disk.write(0, new byte[1]);
    disk.writer.finishFails = true;
    assertThrows(IOException.class, disk::close);
    assertEquals(1, disk.releases);
    assertThrows(ImageClosedException.class, () -> disk.read(0, new byte[1]));
    disk.close();
    assertEquals(1, disk.releases);
  }

  // What waits to be flushed

  /** A change of one call. */
  @FunctionalInterface
  private interface Change {
    void of(PlainDisk disk, int length) throws IOException;
  }

  @Test
  void whatALongChangeGathersIsFlushedOnTheWay() throws IOException {
    int length = 8 * PIECE * CLUSTER;
    List<Change> changes =
        List.of(
            (disk, size) -> disk.write(0, new byte[size]),
            (disk, size) -> disk.writeZeroes(0, size),
            (disk, size) -> disk.discard(0, size),
            (disk, size) -> disk.writeCompressed(0, MemorySegment.ofArray(new byte[size])));
    for (Change change : changes) {
      PlainDisk disk = new PlainDisk(length, new PagedStorage("top"), null);
      change.of(disk, length);
      Writer writer = disk.writer;
      assertTrue(
          writer.mostWaiting <= PIECE, () -> changes.indexOf(change) + ": " + writer.mostWaiting);
    }
  }

  // Others

  /** Between the look at whether it can be written in place, and the lock for placing it. */
  @Test
  void whatSomebodyElsePlacedMeanwhileIsWrittenThere() throws IOException {
    PagedStorage storage = new PagedStorage("top");
    storage.write(CLUSTER, MemorySegment.ofArray(new byte[CLUSTER]));
    PlainDisk disk = new PlainDisk(CLUSTER, storage, null);
    AtomicInteger looks = new AtomicInteger();
    disk.writer.onLookUp =
        () -> {
          if (looks.incrementAndGet() == 2) {
            disk.table.places[0] = CLUSTER;
          }
        };
    disk.write(5, filled(7));
    assertEquals(List.of(), disk.writer.placed);
    byte[] stored = new byte[7];
    storage.read(CLUSTER + 5, MemorySegment.ofArray(stored));
    assertArrayEquals(filled(7), stored);
  }

  // The end of the disk

  /** Memory that was used for one cluster may be used for the next. */
  @Test
  void whatIsBeyondTheEndOfTheDiskIsZeroInItsLastCluster() throws IOException {
    int size = 2 * CLUSTER - 1000;
    PagedStorage storage = new PagedStorage("top");
    BlockDevice below = below(FaultyStorage.inMemory("below"), 2 * CLUSTER);
    PlainDisk disk = new PlainDisk(size, storage, below);
    for (int cluster = 0; cluster < 2; cluster++) {
      disk.write((long) cluster * CLUSTER + 10, new byte[10]);
    }
    byte[] stored = new byte[CLUSTER];
    storage.read(disk.place(CLUSTER), MemorySegment.ofArray(stored));
    byte[] expected = filled(CLUSTER);
    Arrays.fill(expected, 10, 20, (byte) 0);
    Arrays.fill(expected, CLUSTER - 1000, CLUSTER, (byte) 0);
    assertArrayEquals(expected, stored);
  }

  @Test
  void whatIsBeyondTheEndOfTheDiskIsZeroInACompressedCluster() throws IOException {
    int size = 2 * CLUSTER - 1000;
    PlainDisk disk = new PlainDisk(size, new PagedStorage("top"), null);
    disk.writeCompressed(0, MemorySegment.ofArray(filled(CLUSTER)));
    disk.writeCompressed(CLUSTER, MemorySegment.ofArray(filled(CLUSTER - 1000)));
    assertArrayEquals(filled(CLUSTER), disk.writer.streams.get(0));
    byte[] expected = filled(CLUSTER);
    Arrays.fill(expected, CLUSTER - 1000, CLUSTER, (byte) 0);
    assertArrayEquals(expected, disk.writer.streams.get(1));
  }

  /** The rest of a last cluster that is not the last any longer may have been written meanwhile. */
  @Test
  void whatADiskGetsBehindItsEndMeanwhileIsKept() throws IOException {
    int size = (2 * PIECE + 1) * CLUSTER - 1000;
    List<Change> changes =
        List.of(
            (disk, length) -> disk.writeZeroes(0, length),
            (disk, length) -> disk.discard(0, length),
            (disk, length) -> disk.writeCompressed(0, MemorySegment.ofArray(new byte[length])));
    for (Change change : changes) {
      PagedStorage storage = new PagedStorage("top");
      PlainDisk disk = new PlainDisk(size + 1000, storage, null);
      disk.resize(size);
      AtomicInteger steps = new AtomicInteger();
      disk.writer.onTheWay =
          () -> {
            if (steps.incrementAndGet() == 1) {
              assertDoesNotThrow(() -> disk.resize(size + 1000));
              assertDoesNotThrow(() -> disk.write(size, filled(1000)));
            }
          };
      change.of(disk, size);
      String which = "change " + changes.indexOf(change);
      assertTrue(steps.get() > 0, which);
      byte[] found = new byte[1000];
      disk.read(size, found);
      assertArrayEquals(filled(1000), found, which);
      assertFalse(disk.writer.zeroedUpTo.contains(size + 1000L), which);
      long whole = change == changes.get(2) ? disk.writer.streams.size() : -1;
      assertTrue(whole <= 2L * PIECE, which);
    }
  }

  // Locks

  /** Returns which of the first clusters nobody else could write or read now. */
  private static String busy(WriteGate gate) {
    StringBuilder busy = new StringBuilder();
    for (int cluster = 0; cluster < PIECE + 2; cluster++) {
      long locks = gate.locksOf((long) cluster * CLUSTER, CLUSTER);
      busy.append(gate.stamps(locks) == UnitLocks.BUSY ? 'x' : '.');
    }
    return busy.toString();
  }

  @Test
  void whatIsWrittenIsLockedWholeMeanwhile() throws IOException {
    PagedStorage storage = new PagedStorage("top");
    PlainDisk disk = new PlainDisk((PIECE + 2) * CLUSTER, storage, null);
    WriteEngine engine =
        new WriteEngine(reader(disk, storage), disk.table, disk.writer, storage, null);
    Set<String> seen = new HashSet<>();
    disk.writer.onLookUp = () -> seen.add(busy(engine.gate()));
    byte[] source = RandomContent.of(1, 0, 2 * CLUSTER + 1);
    // From within the second cluster up to the end of the fourth.
    Set<String> expected = Set.of(".xxx" + ".".repeat(PIECE - 2));
    for (String how : List.of("placed", "in place")) {
      seen.clear();
      engine.write(2 * CLUSTER - 1, MemorySegment.ofArray(source));
      assertEquals(expected, seen, how);
    }
    byte[] found = new byte[source.length];
    disk.read(2 * CLUSTER - 1, found);
    assertArrayEquals(source, found);
  }

  @Test
  void whoeverIsAloneHasAllLocks() throws IOException {
    PagedStorage storage = new PagedStorage("top");
    PlainDisk disk = new PlainDisk(CLUSTER, storage, null);
    WriteEngine engine =
        new WriteEngine(reader(disk, storage), disk.table, disk.writer, storage, null);
    engine.exclusively(() -> assertEquals("x".repeat(PIECE + 2), busy(engine.gate())));
    assertEquals(".".repeat(PIECE + 2), busy(engine.gate()));
  }

  /** Otherwise places could be put to another use meanwhile, which it does not look at again. */
  @Test
  void aReaderThatIsAlwaysDisturbedKeepsFlushesOutInTheEnd() throws Exception {
    PlainDisk disk = new PlainDisk(CLUSTER, new PagedStorage("top"), null);
    disk.write(0, filled(CLUSTER));
    List<Thread> flushes = new ArrayList<>();
    List<Boolean> keptOut = new ArrayList<>();
    disk.table.onLookUp =
        () -> {
          disk.writer.nextEpoch();
          Thread flush =
              Thread.ofPlatform()
                  .unstarted(
                      new FutureTask<>(() -> {
                        disk.flush();
                        return true;
                      }));
          flush.start();
          while (flush.isAlive() && flush.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
          flushes.add(flush);
          keptOut.add(flush.isAlive());
        };
    disk.read(0, new byte[1]);
    for (Thread flush : flushes) {
      flush.join();
    }
    assertFalse(keptOut.getFirst());
    assertTrue(keptOut.getLast());
  }

  @Test
  void whatIsWrittenWhileItIsReadIsReadAgain() throws IOException {
    PlainDisk disk = new PlainDisk(3 * CLUSTER, new PagedStorage("top"), null);
    // In descending order, so that they are looked up, and copied, one after the other.
    for (int cluster = 2; cluster >= 0; cluster--) {
      disk.write((long) cluster * CLUSTER, new byte[CLUSTER]);
    }
    AtomicInteger looks = new AtomicInteger();
    disk.table.onLookUp =
        () -> {
          if (looks.incrementAndGet() == 3) {
            assertDoesNotThrow(() -> disk.write(0, filled(3 * CLUSTER)));
          }
        };
    byte[] found = new byte[3 * CLUSTER];
    disk.read(0, found);
    assertArrayEquals(filled(3 * CLUSTER), found);
  }
}
