package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.StorageOperation.Write;
import io.diskformat.testing.StorageOperation.Zero;
import io.diskformat.transfer.ClusterStep.Shown;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clusters that are larger than the buffer of a worker. */
final class ClusterStepTest {
  private static final int BUFFER = 64 << 10;
  private static final int CLUSTER = 4 * BUFFER;
  private static final OpenOptions RAW = OpenOptions.writable().format("raw");

  private static DiskImage disk(FaultyStorage storage, byte[] content) throws IOException {
    storage.write(0, MemorySegment.ofArray(content));
    return DiskImages.open(storage, RAW);
  }

  private static WindowQueue windows(BlockDevice device) throws IOException {
    return new WindowQueue(device, new WindowCursor(device, device.size(), CLUSTER, CLUSTER), 1);
  }

  /**
   * One cluster as below, one of zeroes, one that differs in one piece, one that does so as it ends
   * in zeroes, and half of one.
   */
  @Test
  void areJudgedWholeAndWrittenInPieces() throws IOException {
    byte[] below = RandomContent.of(1, 0, 4 * CLUSTER + CLUSTER / 2);
    byte[] source = below.clone();
    Arrays.fill(source, CLUSTER, 2 * CLUSTER, (byte) 0);
    source[2 * CLUSTER + 2 * BUFFER + 77]++;
    Arrays.fill(source, 4 * CLUSTER - BUFFER, 4 * CLUSTER, (byte) 0);
    source[source.length - 1]++;
    FaultyStorage target = FaultyStorage.inMemory("target");
    try (DiskImage image = disk(target, below);
        DiskImage from = disk(FaultyStorage.inMemory("source"), source);
        DiskImage belowDisk = disk(FaultyStorage.inMemory("below"), below);
        Arena arena = Arena.ofConfined()) {
      int before = target.operations();
      WindowQueue windows = windows(from);
      ClusterStep step =
          new ClusterStep(
              windows,
              image,
              Shown.BELOW,
              belowDisk,
              false,
              CLUSTER,
              BUFFER,
              new WindowPairs(windows, windows(belowDisk)),
              new Progress(ProgressListener.NONE, source.length),
              arena);
      while (step.run()) {}
      byte[] found = new byte[source.length];
      image.read(0, found);
      assertArrayEquals(source, found);
      List<String> changes =
          target.log().stream()
              .skip(before)
              .map(operation ->
                  switch (operation) {
                    case Write write -> "write at " + write.position() / BUFFER;
                    case Zero zero ->
                        "zero " + zero.position() / BUFFER + "+" + zero.length() / BUFFER;
                    default -> operation.toString();
                  })
              .toList();
      assertEquals(List.of("zero 4+4", "write at 10", "write at 15", "write at 17"), changes);
    }
  }
}
