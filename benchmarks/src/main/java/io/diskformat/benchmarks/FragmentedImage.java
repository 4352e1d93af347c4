package io.diskformat.benchmarks;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Makes a qcow2 image of a disk of 64 GiB of which 400,000 clusters are stored, at random places
 * and in random order. The clusters themselves are holes of the file: only the tables are of
 * interest.
 */
public final class FragmentedImage {
  private static final long SIZE = 64L << 30;
  private static final int STORED = 400_000;

  private FragmentedImage() {}

  /** Takes the file to make. */
  public static void main(String[] args) throws IOException {
    int[] place = places((int) (SIZE / Qcow2Writer.CLUSTER));
    try (FileChannel file =
        FileChannel.open(
            Path.of(args[0]), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      Qcow2Writer writer = Qcow2Writer.of(file, SIZE);
      writer.finish(
          writer.dataStart() + (long) STORED * Qcow2Writer.CLUSTER,
          0,
          n ->
              place[(int) n] < STORED
                  ? Qcow2Writer.COPIED
                      | writer.dataStart() + (long) place[(int) n] * Qcow2Writer.CLUSTER
                  : 0,
          n -> 1);
    }
  }

  /** Returns a permutation: the number of the place of each cluster of the disk. */
  private static int[] places(int clusters) {
    Random random = new Random(1);
    int[] place = new int[clusters];
    for (int i = 0; i < clusters; i++) {
      int other = random.nextInt(i + 1);
      place[i] = place[other];
      place[other] = i;
    }
    return place;
  }
}
