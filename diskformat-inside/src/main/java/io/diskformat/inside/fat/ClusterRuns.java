package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the content of a file is: clusters that are one after the other on the device are one run.
 * Immutable.
 */
final class ClusterRuns {
  /** The most runs: those of the largest file, if its clusters have 4 KiB and none are adjacent. */
  private static final int MOST_RUNS = 1 << 20;

  private static final int FIRST_CAPACITY = 4;

  private final BootSector boot;
  private final long size;
  private final int count;

  /** The first cluster of each run, by its number in the file, from 0 on. */
  private final int[] firsts;

  /** The first cluster of each run, by its number on the volume. */
  private final int[] clusters;

  private ClusterRuns(BootSector boot, long size, int count, int[] firsts, int[] clusters) {
    this.boot = boot;
    this.size = size;
    this.count = count;
    this.firsts = firsts;
    this.clusters = clusters;
  }

  /**
   * Finds the runs of a file. Clusters beyond the file's size do not count.
   *
   * @param entry of a file
   * @throws CorruptImageException if its content is not all there, or a cluster is there twice
   * @throws UnsupportedFeatureException if it is in too many pieces
   */
  static ClusterRuns of(FatVolume volume, FatEntry entry) throws IOException {
    BootSector boot = volume.boot();
    long needed = Math.ceilDiv(entry.size(), boot.clusterSize());
    int[] firsts = new int[FIRST_CAPACITY];
    int[] clusters = new int[FIRST_CAPACITY];
    int count = 0;
    if (needed > 0) {
      Chain chain = new Chain(volume, entry.cluster(boot.kind()));
      int last = Table.NONE;
      for (int i = 0; i < needed; i++) {
        int cluster = chain.next();
        if (cluster == Table.NONE) {
          throw volume.corrupt(
              "entry of a directory",
              entry.position(),
              "says %d bytes, and there are %d clusters of %d"
                  .formatted(entry.size(), i, boot.clusterSize()));
        }
        if (i == 0 || cluster != last + 1) {
          if (count == MOST_RUNS) {
            throw new UnsupportedFeatureException(
                volume.device().toString(), "a file in more than " + MOST_RUNS + " pieces");
          }
          if (count == firsts.length) {
            firsts = Arrays.copyOf(firsts, 2 * count);
            clusters = Arrays.copyOf(clusters, 2 * count);
          }
          firsts[count] = i;
          clusters[count] = cluster;
          count++;
        }
        last = cluster;
      }
    }
    ClusterRuns runs = new ClusterRuns(boot, entry.size(), count, firsts, clusters);
    runs.checkDistinct(volume, entry);
    for (int i = 0; i < count; i++) {
      volume.bytes().check(runs.position(i), runs.end(i) - runs.start(i), "content of a file");
    }
    return runs;
  }

  /**
   * Throws if a cluster comes twice: the needed clusters may have ended before a cycle was noticed.
   */
  private void checkDistinct(FatVolume volume, FatEntry entry) throws CorruptImageException {
    long[] sorted = new long[count];
    for (int i = 0; i < count; i++) {
      long length = Math.ceilDiv(end(i) - start(i), boot.clusterSize());
      sorted[i] = ((long) clusters[i] << Integer.SIZE) | (clusters[i] + length);
    }
    Arrays.sort(sorted);
    for (int i = 1; i < count; i++) {
      int cluster = (int) (sorted[i] >>> Integer.SIZE);
      if (cluster < (int) sorted[i - 1]) {
        throw volume.corrupt(
            "entry of a directory", entry.position(), "has cluster " + cluster + " twice");
      }
    }
  }

  /** Returns the run that a byte of the file is in. */
  int at(long offset) {
    int found = Arrays.binarySearch(firsts, 0, count, (int) (offset / boot.clusterSize()));
    return found >= 0 ? found : -found - 2;
  }

  /** Returns where on the device a run begins. */
  long position(int run) {
    return boot.position(clusters[run]);
  }

  /** Returns where in the file a run begins. */
  long start(int run) {
    return (long) firsts[run] * boot.clusterSize();
  }

  /** Returns where in the file a run ends. */
  long end(int run) {
    return run + 1 < count ? start(run + 1) : size;
  }

  /** Returns all of them. */
  List<ByteRange> ranges() {
    List<ByteRange> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ranges.add(new ByteRange(position(i), end(i) - start(i)));
    }
    return ranges;
  }
}
