package io.diskformat.table;

import static io.diskformat.table.TwoTables.CLUSTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.table.TwoTables.Barrier;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.StorageOperation.Flush;
import io.diskformat.testing.StorageOperation.Reserve;
import io.diskformat.testing.StorageOperation.Resize;
import io.diskformat.testing.StorageOperation.Write;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a format gets that says no more than what its tables and places are. */
final class TableWriterTest {
  private static final MemorySegment ONES = MemorySegment.ofArray(new byte[CLUSTER]).fill((byte) 1);

  private FaultyStorage storage;
  private TwoTables writer;
  private int seen;

  @BeforeEach
  void open() throws IOException {
    storage = FaultyStorage.inMemory("two tables");
    writer = new TwoTables(storage, storage);
    seen = storage.operations();
  }

  /** Returns what was done since the last time, but for what takes space. */
  private List<String> done() {
    List<String> done =
        storage.log().subList(seen, storage.operations()).stream()
            .map(operation ->
                switch (operation) {
                  case Write write -> "write " + write.position();
                  case Zero zero -> "zero " + zero.position() + "+" + zero.length();
                  case Flush _ -> "barrier";
                  case Resize resize -> "resize " + resize.size();
                  case Reserve _ -> "";
                })
            .filter(text -> !text.isEmpty())
            .toList();
    seen = storage.operations();
    return done;
  }

  @Test
  void aBarrierIsBetweenAnyTwoSteps() throws IOException {
    writer.write(0, 1, ONES);
    assertEquals(List.of("barrier", "write 16384"), done());
    writer.flush();
    assertEquals(List.of("barrier", "write 8192", "barrier", "write 4096", "barrier"), done());
  }

  @Test
  void whatNeedsNoTableNeedsOneBarrier() throws IOException {
    writer.write(0, 1, ONES);
    writer.flush();
    var _ = done();
    storage.write(writer.inPlace(0), ONES);
    writer.flush();
    assertEquals(List.of("write 16384", "barrier"), done());
  }

  @Test
  void aPlaceIsFreeOnceNoDurableTablePointsThere() throws IOException {
    writer.write(0, 1, ONES);
    writer.write(CLUSTER, 1, ONES);
    writer.write(2 * CLUSTER, 1, ONES);
    writer.flush();
    var _ = done();
    assertTrue(writer.discard(CLUSTER, 2 * CLUSTER));
    assertEquals(List.of(), writer.free);
    writer.flush();
    assertEquals(
        List.of("barrier", "write 8192", "barrier", "write 4096", "barrier", "zero 20480+8192"),
        done());
    assertEquals(2, writer.free.size());
  }

  @Test
  void whatARunHasTooMuchIsFree() throws IOException {
    writer.write(0, 3, ONES);
    assertEquals(List.of(16384L + CLUSTER, 16384L + 2 * CLUSTER), writer.free);
  }

  @Test
  void muchFreedSpaceWantsAFlush() throws IOException {
    for (int i = 0; i < 3; i++) {
      writer.write((long) i * CLUSTER, 1, ONES);
    }
    assertTrue(writer.discard(0, 2 * CLUSTER));
    assertFalse(writer.wantsFlush());
    assertTrue(writer.discard(2 * CLUSTER, CLUSTER));
    assertTrue(writer.wantsFlush());
    writer.flush();
    assertFalse(writer.wantsFlush());
  }

  @Test
  void theEpochChangesBeforeATableIsWrittenAndAfterPlacesAreFree() throws IOException {
    writer.write(0, 1, ONES);
    long before = writer.epoch();
    storage.failAfter(1);
    assertThrows(IOException.class, writer::flush);
    assertEquals(before + 1, writer.epoch());
    storage.heal();
    writer.flush();
    assertEquals(before + 3, writer.epoch());
  }

  @Test
  void afterAFailedBarrierNothingIsWritten() throws IOException {
    writer.write(0, 1, ONES);
    storage.failFlushAfter(1);
    IOException failed = assertThrows(IOException.class, writer::flush);
    storage.heal();
    var _ = done();
    for (int i = 0; i < 2; i++) {
      IOException later = assertThrows(IOException.class, writer::flush);
      assertEquals(failed, later.getCause());
    }
    assertThrows(IOException.class, writer::beforeChange);
    assertEquals(List.of(), done());
  }

  @Test
  void aFileOfItsOwnForDataIsDurableFirst() throws IOException {
    FaultyStorage data = FaultyStorage.inMemory("data");
    TwoTables apart = new TwoTables(storage, data);
    apart.write(0, 1, ONES);
    data.failFlushAfter(0);
    var _ = done();
    assertThrows(IOException.class, apart::flush);
    assertEquals(List.of(), done());
  }

  @Test
  void aBarrierCanBeLeftOut() throws IOException {
    storage.leaveOutBarrier(Barrier.SECOND_TABLE);
    writer.write(0, 1, ONES);
    writer.flush();
    assertEquals(
        List.of("barrier", "write 16384", "barrier", "write 8192", "write 4096", "barrier"),
        done());
  }

  @Test
  void whatWasReservedIsCutOff() throws IOException {
    writer.write(0, 1, ONES);
    assertTrue(storage.size() > 16384 + CLUSTER);
    writer.finish();
    assertEquals(16384 + CLUSTER, storage.size());
  }
}
