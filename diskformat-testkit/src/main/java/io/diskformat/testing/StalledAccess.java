package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds up one access to a disk between any two of its steps, while others change the disk, flush,
 * and put freed places to other uses. The access must find what was there before, between or after
 * these changes; and nothing wrong may stay behind, in a cache or in the image.
 */
public final class StalledAccess {
  private static final int SECTOR = RandomContent.SECTOR;

  /** The access that is held up. */
  public enum Access {
    /** Reading the cluster that the changes are about. */
    READ_CLUSTER,
    /** Reading the cluster and its neighbours. */
    READ_THREE,
    /** Asking how these are stored. */
    EXTENTS,
    /** Announcing that these will be read. */
    ADVICE,
    /** Writing one sector of the cluster. */
    WRITE_PART,
    /** Zeroing one sector of the cluster. */
    ZERO_PART
  }

  /** How a disk is changed. */
  public enum Verb {
    /** A cluster is written. */
    WRITE,
    /** A sector of a cluster is written. */
    WRITE_PART,
    /** A cluster is written compressed. */
    COMPRESS,
    /** A cluster is zeroed. */
    ZERO,
    /** A cluster is discarded. */
    DISCARD,
    /** Everything is flushed, whatever the cluster. */
    FLUSH,
    /** Another thread reads everything, whatever the cluster. */
    READ
  }

  /** A change, and which cluster it is about. */
  public record Change(Verb verb, int cluster) {
    @Override
    public String toString() {
      return verb == Verb.FLUSH || verb == Verb.READ ? verb.name() : verb + "(" + cluster + ")";
    }
  }

  private final PagedStorage image;
  private final Path path;
  private final OpenOptions options;
  private final int cluster;
  private final int target;

  /** The disk before the changes, and after each. */
  private final List<byte[]> states = new ArrayList<>();

  /** What the access itself writes, of which the changes may already see something. */
  private byte @Nullable [] written;

  private long version;
  private boolean throughPages;

  /**
   * Prepares accesses to copies of an image.
   *
   * @param path the path that the image is given
   * @param cluster the size of a cluster, in bytes
   * @param target the number of the cluster that is accessed
   */
  public StalledAccess(
      PagedStorage image, Path path, OpenOptions options, int cluster, int target) {
    this.image = image;
    this.path = path;
    this.options = options;
    this.cluster = cluster;
    this.target = target;
  }

  /** Puts a storage between that caches pages of tables, as few as possible. */
  public StalledAccess throughPages() {
    throughPages = true;
    return this;
  }

  /**
   * Holds an access up at each of its steps, each time on a fresh copy of the image.
   *
   * @param before the changes before the access
   * @param meanwhile the changes while the access is held up
   * @return the number of steps
   */
  public int atEachStep(Access access, List<Change> before, List<Change> meanwhile)
      throws Exception {
    for (int step = 0; ; step++) {
      PagedStorage copy = image.copy(image.name());
      try {
        if (!atStep(copy, step, access, before, meanwhile)) {
          return step;
        }
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "%s after %s, held up at step %d while %s: %s"
                .formatted(access, before, step, meanwhile, e.getMessage()),
            e);
      }
    }
  }

  private boolean atStep(
      PagedStorage copy, int step, Access access, List<Change> before, List<Change> meanwhile)
      throws Exception {
    version = 100;
    written = null;
    StallingStorage storage = new StallingStorage(copy, path);
    boolean happened;
    Storage used = throughPages ? new CachedStorage(storage, 512, 0) : storage;
    try (DiskImage disk = DiskImages.open(used, options)) {
      states.clear();
      states.add(read(disk));
      for (Change change : before) {
        apply(disk, change);
      }
      states.subList(0, states.size() - 1).clear();
      storage.stallAfter(
          step,
          access == Access.WRITE_PART || access == Access.ZERO_PART,
          () -> {
            for (Change change : meanwhile) {
              apply(disk, change);
            }
          });
      access(disk, access, storage);
      happened = storage.happened();
      checkWhole(read(disk), "afterwards");
      if (step % 4 != 0) {
        // Further checks take long, and hardly differ from step to step.
        return happened;
      }
      for (int i = 0; i < states.getLast().length / cluster; i++) {
        apply(disk, new Change(Verb.WRITE_PART, i));
      }
      checkWhole(read(disk), "when a part of each cluster was written again");
    }
    try (DiskImage disk = DiskImages.open(new StallingStorage(copy, path), options)) {
      checkWhole(read(disk), "when it was opened again");
    }
    return happened;
  }

  private void access(DiskImage disk, Access access, StallingStorage storage) throws Exception {
    int start = target * cluster;
    switch (access) {
      case READ_CLUSTER -> {
        byte[] found = new byte[cluster];
        disk.read(start, found);
        var _ = storage.happened();
        checkPart(start, found);
      }
      case READ_THREE -> {
        byte[] found = new byte[3 * cluster];
        disk.read(start - cluster, found);
        var _ = storage.happened();
        checkPart(start - cluster, found);
      }
      case EXTENTS -> {
        List<Extent> found = new ArrayList<>();
        ExtentCursor cursor = disk.extents(start - cluster, 3L * cluster);
        for (Extent extent; (extent = cursor.next()) != null; ) {
          found.add(extent);
        }
        var _ = storage.happened();
        checkExtents(start - cluster, found);
      }
      // It must only not fail.
      case ADVICE -> disk.willRead(start - cluster, 3L * cluster);
      case WRITE_PART, ZERO_PART -> {
        byte[] sector =
            access == Access.ZERO_PART
                ? new byte[SECTOR]
                : RandomContent.of(99, start + SECTOR, SECTOR);
        written = sector;
        if (access == Access.ZERO_PART) {
          disk.writeZeroes(start + SECTOR, SECTOR);
        } else {
          disk.write(start + SECTOR, sector);
        }
        var _ = storage.happened();
        checkWritten(disk, start + SECTOR, sector);
      }
    }
  }

  /** Checks a sector that the access wrote: the changes may have come before it or after. */
  private void checkWritten(DiskImage disk, int offset, byte[] sector) throws IOException {
    byte[] found = new byte[SECTOR];
    disk.read(offset, found);
    byte[] last = states.getLast();
    boolean changedMeanwhile = states.size() > 1;
    if (!Arrays.equals(found, sector)
        && !(changedMeanwhile
            && Arrays.equals(found, Arrays.copyOfRange(last, offset, offset + SECTOR)))) {
      throw new AssertionError("what was written is not there, but " + described(found, 0));
    }
    byte[] state = last.clone();
    System.arraycopy(found, 0, state, offset, SECTOR);
    states.add(state);
  }

  private void apply(DiskImage disk, Change change) throws IOException {
    long start = (long) change.cluster * cluster;
    byte[] state = states.getLast().clone();
    switch (change.verb) {
      case FLUSH -> disk.flush();
      case READ -> {
        var _ = read(disk);
      }
      case WRITE -> {
        byte[] content = RandomContent.of(++version, start, cluster);
        put(state, start, content);
        disk.write(start, content);
      }
      case WRITE_PART -> {
        byte[] content = RandomContent.of(++version, start + 2 * SECTOR, SECTOR);
        put(state, start + 2 * SECTOR, content);
        disk.write(start + 2 * SECTOR, content);
      }
      case COMPRESS -> {
        byte[] content = compressible(++version, start);
        put(state, start, content);
        disk.writeCompressed(start, MemorySegment.ofArray(content));
      }
      case ZERO -> {
        put(state, start, new byte[cluster]);
        disk.writeZeroes(start, cluster);
      }
      case DISCARD -> {
        disk.discard(start, cluster);
        byte[] found = new byte[cluster];
        disk.read(start, found);
        // Each sector is zero now, or as it was.
        byte[] zeroed = state.clone();
        put(zeroed, start, new byte[cluster]);
        states.add(zeroed);
        checkPart((int) start, found);
        put(state, start, found);
      }
    }
    states.add(state);
  }

  /** Returns a cluster whose stream takes up more than half a cluster, or very little. */
  private byte[] compressible(long seed, long start) {
    int random = seed % 3 == 0 ? SECTOR : cluster / SECTOR * 5 / 8 * SECTOR;
    return Arrays.copyOf(RandomContent.of(seed, start, random), cluster);
  }

  private static void put(byte[] state, long start, byte[] content) {
    System.arraycopy(content, 0, state, (int) start, content.length);
  }

  private static byte[] read(DiskImage disk) throws IOException {
    byte[] found = new byte[(int) disk.size()];
    disk.read(0, found);
    return found;
  }

  private void checkWhole(byte[] found, String when) {
    int wrong = Arrays.mismatch(states.getLast(), found);
    if (wrong >= 0) {
      int at = wrong / SECTOR * SECTOR;
      throw new AssertionError(
          "%s cluster %d holds %s instead of %s"
              .formatted(
                  when, at / cluster, described(found, at), described(states.getLast(), at)));
    }
  }

  /** Checks that each sector is as it was at some time since the access began. */
  private void checkPart(int start, byte[] found) {
    for (int at = 0; at < found.length; at += SECTOR) {
      if (!wasEver(start + at, Arrays.copyOfRange(found, at, at + SECTOR))) {
        throw new AssertionError(
            "cluster %d was read as %s".formatted((start + at) / cluster, described(found, at)));
      }
    }
  }

  private void checkExtents(long start, List<Extent> found) {
    long end = start;
    for (Extent extent : found) {
      if (extent.offset() != end) {
        throw new AssertionError("no extent begins at " + end + ": " + found);
      }
      end = extent.end();
      for (long at = extent.offset(); extent.readsAsZeroes() && at < end; at += SECTOR) {
        if (!wasEver((int) at, new byte[SECTOR])) {
          throw new AssertionError("never zero: " + extent);
        }
      }
    }
    if (end != start + 3L * cluster) {
      throw new AssertionError("the extents end at " + end);
    }
  }

  private boolean wasEver(int offset, byte[] sector) {
    for (byte[] state : states) {
      if (Arrays.equals(state, offset, offset + SECTOR, sector, 0, SECTOR)) {
        return true;
      }
    }
    return written != null && offset == target * cluster + SECTOR && Arrays.equals(sector, written);
  }

  private static String described(byte[] bytes, int at) {
    return RandomContent.describe(bytes, at);
  }
}
