package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.StorageOperation;
import io.diskformat.testing.StorageOperation.Reserve;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is reserved of the host for a file that grows at its end, and for one that grows apart. */
final class SpaceAheadTest {
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  private FaultyStorage storage;
  private SpaceAhead space;

  @BeforeEach
  void open() throws IOException {
    storage = FaultyStorage.inMemory("growing");
    storage.resize(16 * MIB);
    space = new SpaceAhead(storage);
  }

  /** Returns what was reserved, each time as where it begins and how long it is, in MiB. */
  private List<String> reserved() {
    List<String> reserved = new ArrayList<>();
    for (StorageOperation operation : storage.log()) {
      if (operation instanceof Reserve reserve) {
        reserved.add(reserve.position() / MIB + "+" + reserve.length() / MIB);
      }
    }
    return reserved;
  }

  @Test
  void atTheEndOfTheFileStepsGrowWithIt() throws IOException {
    space.reach(0, 16 * MIB);
    assertEquals(List.of(), reserved());
    space.reach(16 * MIB, 17 * MIB);
    space.reach(17 * MIB, 20 * MIB);
    assertEquals(List.of("16+4"), reserved());
    space.reach(20 * MIB, 21 * MIB);
    space.reach(25 * MIB, 90 * MIB);
    assertEquals(List.of("16+4", "20+5", "25+65"), reserved());
  }

  @Test
  void whatIsFarBehindTheEndHasSpaceForItselfAlone() throws IOException {
    space.reach(4 * GIB, 4 * GIB + MIB);
    space.reach(4 * GIB + MIB, 4 * GIB + 2 * MIB);
    assertEquals(List.of("4096+1", "4097+1"), reserved());
    assertEquals(4 * GIB + 2 * MIB, space.end());
  }

  @Test
  void theHoleBeforeItIsNoSpace() throws IOException {
    space.reach(4 * GIB, 4 * GIB + MIB);
    space.reach(GIB, GIB + 2 * MIB);
    assertEquals(List.of("4096+1", "1024+2"), reserved());
    assertEquals(4 * GIB + MIB, space.end());
    space.reach(4 * GIB, 4 * GIB + MIB);
    assertEquals(2, reserved().size());
  }

  @Test
  void whereThereIsNoRoomForAStepThereMayBeForWhatIsNeeded() throws IOException {
    storage.limitSpace(2 * MIB);
    space.reach(16 * MIB, 17 * MIB);
    assertEquals(17 * MIB, space.end());
    assertThrows(IOException.class, () -> space.reach(17 * MIB, 20 * MIB));
    assertEquals(17 * MIB, space.end());
  }

  @Test
  void aFileThatIsCutShortHasNoSpaceBehindItsEnd() throws IOException {
    space.reach(GIB, GIB + MIB);
    storage.resize(GIB);
    space.moved(GIB);
    space.reach(GIB, GIB + MIB);
    assertEquals(List.of("1024+1", "1024+1"), reserved());
    storage.resize(MIB);
    space.moved(MIB);
    space.reach(MIB, 2 * MIB);
    assertEquals(List.of("1024+1", "1024+1", "1+1"), reserved());
  }
}
