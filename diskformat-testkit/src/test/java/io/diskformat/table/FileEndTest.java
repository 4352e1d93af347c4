package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.StorageOperation.Reserve;
import io.diskformat.testing.StorageOperation.Resize;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The end of a file, before and behind which places are handed out. */
final class FileEndTest {
  private static FaultyStorage ones(int size) throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("file");
    storage.write(0, MemorySegment.ofArray(new byte[size]).fill((byte) 1));
    return storage;
  }

  @Test
  void whatIsHandedOutZeroedIsZeroWhereverItIs() throws IOException {
    FaultyStorage storage = ones(1000);
    FileEnd end = new FileEnd(storage, false);
    end.useZeroed(200, 300);
    end.useZeroed(900, 1500);
    byte[] expected = new byte[1500];
    Arrays.fill(expected, 0, 200, (byte) 1);
    Arrays.fill(expected, 300, 900, (byte) 1);
    byte[] found = new byte[1500];
    storage.read(0, MemorySegment.ofArray(found));
    assertArrayEquals(expected, found);
    assertEquals(1500, end.used());
  }

  @Test
  void whatWasReservedAndNotHandedOutIsCutOff() throws IOException {
    FaultyStorage storage = ones(1000);
    FileEnd end = new FileEnd(storage, false);
    end.reserve(1000, 2000);
    assertTrue(storage.size() >= 2000);
    end.use(1200);
    end.trim();
    assertEquals(1200, storage.size());
    // And what comes then is reserved again.
    end.reserve(1200, 1400);
    assertTrue(storage.size() >= 1400);
    end.trim(600);
    assertEquals(600, storage.size());
    assertEquals(600, end.used());
  }

  @Test
  void whatIsSparseGrowsWithoutTakingSpace() throws IOException {
    FaultyStorage storage = ones(1000);
    int before = storage.operations();
    FileEnd end = new FileEnd(storage, true);
    end.reserve(1000, 2000);
    end.reserve(200, 300);
    assertEquals(2000, storage.size());
    assertTrue(storage.log().get(before) instanceof Resize);
    assertEquals(before + 1, storage.operations());
  }

  @Test
  void aPlaceThatWasFreeNeedsItsSpaceAgain() throws IOException {
    FaultyStorage storage = ones(1000);
    int before = storage.operations();
    new FileEnd(storage, false).reserve(200, 300);
    assertEquals(new Reserve(200, 100), storage.log().get(before));
  }
}
