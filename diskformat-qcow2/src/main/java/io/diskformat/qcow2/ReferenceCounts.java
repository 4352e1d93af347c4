package io.diskformat.qcow2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * How many references there are to each cluster, counted in memory as refcount blocks count in the
 * file, word for word. A count that is the largest of its width does not grow. There is memory for
 * a window of the clusters, which moves on; a window has whole refcount blocks.
 *
 * <p>Counting is thread-safe.
 */
final class ReferenceCounts {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** The memory of a window in bytes: at least the largest refcount block. */
  private static final long LEAST_BYTES = 2 << 20;

  private static final long MOST_BYTES = 64 << 20;

  private final RefcountBlock width;
  private final long clusters;
  private final long windowClusters;
  private final long ones;
  private final int perWordBits;
  private final long[] words;

  /** Which windows are referred to, as far as that is known. */
  private final boolean[] windows;

  private boolean used;
  private boolean shared;
  private long start;
  private long end;

  /**
   * Creates counts of which no window has begun.
   *
   * @param width how refcounts lie in a block
   * @param clusters the number of clusters; references to others are not counted
   */
  ReferenceCounts(RefcountBlock width, long clusters) {
    this(
        width,
        clusters,
        Math.clamp(
            Long.highestOneBit(Runtime.getRuntime().maxMemory() / 16), LEAST_BYTES, MOST_BYTES));
  }

  ReferenceCounts(RefcountBlock width, long clusters, long windowBytes) {
    this.width = width;
    this.clusters = clusters;
    this.perWordBits = 6 - width.order();
    this.ones = width.lowestBits();
    long largest = Math.max(windowBytes << 3 >>> width.order(), 1L << width.clustersBits());
    this.windowClusters =
        Math.min(largest, ((clusters - 1) | (1L << width.clustersBits()) - 1) + 1);
    this.windows = new boolean[Math.toIntExact(windows())];
    this.windows[0] = true;
    this.words = new long[Math.toIntExact(windowClusters >>> perWordBits)];
  }

  /**
   * Begins the next window with all its counts 0; returns whether there is one. If there is none,
   * the last one stays.
   */
  boolean nextWindow() {
    if (end == clusters) {
      return false;
    }
    start = end;
    end = Math.min(clusters, start + windowClusters);
    if (used) {
      Arrays.fill(words, 0);
      used = false;
      shared = false;
    }
    return true;
  }

  /**
   * Returns whether anything in the window is referred to; known once all references were added
   * while the first window was there.
   */
  boolean isReferredTo() {
    return windows[(int) (start / windowClusters)];
  }

  /** Returns whether any cluster of the window has more than one reference. */
  boolean isShared() {
    return shared;
  }

  /** Returns whether anything was counted in the window. */
  boolean isUsed() {
    return used;
  }

  /** Returns the number of windows. */
  long windows() {
    return (clusters + windowClusters - 1) / windowClusters;
  }

  /** Returns the first cluster of the window. */
  long start() {
    return start;
  }

  /** Returns the first cluster after the window. */
  long end() {
    return end;
  }

  boolean covers(long cluster) {
    return cluster >= start && cluster < end;
  }

  /** Returns the largest count. */
  long max() {
    return width.max();
  }

  /** Returns the number of references to a cluster of the window. */
  long get(long cluster) {
    return width.get(words[wordOf(cluster)], cluster);
  }

  /** Returns the counts of a cluster and of its neighbours, as a word of a refcount block. */
  long word(long cluster) {
    return words[wordOf(cluster)];
  }

  private int wordOf(long cluster) {
    return (int) ((cluster - start) >>> perWordBits);
  }

  /**
   * Adds references to a cluster, if it is in the window.
   *
   * @return how many of them could not be counted, since the count is the largest already
   */
  long add(long cluster, long references) {
    if (!covers(cluster)) {
      if (cluster < clusters) {
        windows[(int) (cluster / windowClusters)] = true;
      }
      return 0;
    }
    used = true;
    int index = wordOf(cluster);
    while (true) {
      long word = (long) WORD.getVolatile(words, index);
      long count = width.get(word, cluster);
      long more = Math.min(references, width.max() - count);
      if (count + references > 1) {
        shared = true;
      }
      if (more == 0
          || WORD.compareAndSet(words, index, word, width.with(word, cluster, count + more))) {
        return references - more;
      }
    }
  }

  /**
   * Adds one reference to each of the first of several adjacent clusters that share a word of which
   * nothing is counted yet.
   *
   * @return to how many; 0 if there are no such clusters
   */
  long addWholeWord(long cluster, long count) {
    long perWord = 1L << perWordBits;
    if ((cluster & perWord - 1) != 0
        || count < perWord
        || cluster < start
        || cluster + perWord > end) {
      return 0;
    }
    used = true;
    return WORD.compareAndSet(words, wordOf(cluster), 0L, ones) ? perWord : 0;
  }
}
