package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.HookedFiles;
import io.diskformat.testing.RandomContent;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that go to and from a file by system calls, which may move fewer than was asked for. */
final class SegmentTransferTest {
  @TempDir private Path directory;

  /** Memory of each kind that is handled in its own way: small or staged, on the heap or not. */
  private static List<MemorySegment> segments(Arena arena, int length) {
    return List.of(
        MemorySegment.ofArray(new byte[length]),
        MemorySegment.ofArray(new long[length / 8 + 1]).asSlice(0, length),
        arena.allocate(length));
  }

  /** The file may have been cut short since its size was asked for. */
  @Test
  void whatEndsTooEarlyIsAnErrorWhateverIsReadInto() throws IOException {
    for (int length : new int[] {1000, 16 << 10, 300_000, 3_000_000}) {
      for (int there : new int[] {0, 1, length / 2, length - 1}) {
        Path path = Files.write(directory.resolve("short"), RandomContent.of(1, 0, 10 + there));
        try (ReopeningChannel channel = new ReopeningChannel("short", path, false, false);
            Arena arena = Arena.ofConfined()) {
          SegmentTransfer transfer = new SegmentTransfer("short", channel);
          for (MemorySegment target : segments(arena, length)) {
            EOFException e = assertThrows(EOFException.class, () -> transfer.read(10, target));
            assertEquals(
                "short: was cut short to " + (10 + there) + " bytes while being read",
                e.getMessage());
          }
        }
      }
    }
  }

  @Test
  void allOfItIsMovedWhateverItIsMovedFromOrTo() throws IOException {
    int length = 3_000_000;
    byte[] content = RandomContent.of(2, 0, length);
    Path path = Files.createFile(directory.resolve("file"));
    try (ReopeningChannel channel = new ReopeningChannel("file", path, true, false);
        Arena arena = Arena.ofConfined()) {
      SegmentTransfer transfer = new SegmentTransfer("file", channel);
      for (MemorySegment segment : segments(arena, length)) {
        Files.write(path, new byte[0]);
        segment.copyFrom(MemorySegment.ofArray(content));
        transfer.write(777, segment);
        assertArrayEquals(content, Arrays.copyOfRange(Files.readAllBytes(path), 777, 777 + length));
        segment.fill((byte) 0);
        transfer.read(777, segment);
        assertArrayEquals(content, segment.toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  /** A sector is what a disk writes whole or not at all, if the power fails. */
  @Test
  void whatIsWrittenInPartsIsDividedBetweenSectors() throws IOException {
    int length = 3_000_000;
    Path path = directory.resolve("file");
    HookedFiles files = new HookedFiles();
    List<Long> ends = new ArrayList<>();
    files.hook((operation, isDone) -> {
      if (isDone && operation.equals("write file")) {
        ends.add(Files.size(path));
      }
    });
    Files.createFile(path);
    try (ReopeningChannel channel = new ReopeningChannel("file", files.path(path), true, false);
        Arena arena = Arena.ofConfined()) {
      SegmentTransfer transfer = new SegmentTransfer("file", channel);
      for (MemorySegment segment : segments(arena, length)) {
        Files.write(path, new byte[0]);
        ends.clear();
        transfer.write(777, segment);
        assertEquals(777 + length, ends.removeLast());
        assertTrue(ends.size() > 1, "written at once, so this tests nothing");
        for (long end : ends) {
          assertEquals(0, end % 512, "divided at " + end);
        }
      }
    }
  }
}
