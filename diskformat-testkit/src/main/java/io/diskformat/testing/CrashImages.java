package io.diskformat.testing;

import static java.util.Objects.requireNonNull;

import io.diskformat.testing.StorageOperation.Flush;
import io.diskformat.testing.StorageOperation.Resize;
import io.diskformat.testing.StorageOperation.Write;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a power cut may leave of a storage, made from the log of operations on it.
 *
 * <p>What was done before the last flush that returned is there. Of what came after, each page of 4
 * KiB was written back, on its own and at any time, or never: so it holds what it held at some
 * moment since that flush, or, if the power was cut while it was written, some of its sectors are
 * of one moment and some of another. The size of the file is that of some moment, too.
 *
 * <pre>{@code
 * FaultyStorage storage = FaultyStorage.inMemory("disk.img");
 * DiskModel model = new DiskModel(size, storage::operations);
 * ... // create and open an image in storage, and change it by model.write(image, ...), model.flush
 * CrashImages.of(storage)
 *     .check(
 *         seed,
 *         100,
 *         (left, point) -> {
 *           try (DiskImage image = DiskImages.open(left, writable)) {
 *             model.after(point).verify(image);
 *           }
 *         });
 * }</pre>
 */
public final class CrashImages {
  private static final int PAGE = PagedStorage.PAGE;
  private static final int SECTOR = Tear.SECTOR;

  private final List<StorageOperation> log;

  /**
   * By the number of flushes that had returned: what the storage held when the last of them did.
   */
  private final List<PagedStorage> durable = new ArrayList<>();

  /**
   * By the number of flushes that had returned: the number of the operation after the last of them.
   */
  private final List<Integer> starts = new ArrayList<>();

  private @Nullable Epoch epoch;

  /** Looks at what may be left. */
  @FunctionalInterface
  public interface Check {
    /**
     * Looks at one possibility, and throws if the format must not allow it.
     *
     * @param left what is left; it may be changed
     * @param point the number of operations before the cut
     */
    void check(PagedStorage left, int point) throws Exception;
  }

  /**
   * Creates the possibilities of a log.
   *
   * @param initial what the storage held before, all of it durable
   * @param log what was done to it
   */
  public CrashImages(PagedStorage initial, List<StorageOperation> log) throws IOException {
    this.log = List.copyOf(log);
    PagedStorage now = initial.copy(initial.name());
    durable.add(now.copy(now.name()));
    starts.add(0);
    for (int i = 0; i < log.size(); i++) {
      log.get(i).applyTo(now);
      if (log.get(i) instanceof Flush) {
        durable.add(now.copy(now.name()));
        starts.add(i + 1);
      }
    }
  }

  /** Creates the possibilities of what was done to {@code storage} so far. */
  public static CrashImages of(FaultyStorage storage) throws IOException {
    return new CrashImages(storage.initial(), storage.log());
  }

  /** Returns the last point at which the power can be cut: after all operations. The first is 0. */
  public int lastPoint() {
    return log.size();
  }

  /**
   * Returns what may be left if the power is cut at some point.
   *
   * @param point the number of operations before the cut, from 0 to {@link #lastPoint()}
   */
  public synchronized Cut at(int point) throws IOException {
    int flushes = starts.size() - 1;
    while (starts.get(flushes) > point) {
      flushes--;
    }
    if (epoch == null || epoch.flushes != flushes) {
      epoch = new Epoch(flushes);
    }
    return new Cut(epoch, point);
  }

  /**
   * Checks possibilities of every point: what a killed process leaves there, all subsets of pages
   * where they are few, and a choice of others where they are many. The choice depends on the
   * arguments alone.
   *
   * @param seed by which others are chosen
   * @param perPoint how many are checked for each point, roughly
   * @return how many were checked
   * @throws AssertionError if one of them fails; the message says which
   */
  public long check(long seed, int perPoint, Check check) throws IOException {
    return check(0, lastPoint(), seed, perPoint, check);
  }

  /** As the shorter method, for points from {@code first} to {@code last} alone. */
  public long check(int first, int last, long seed, int perPoint, Check check) throws IOException {
    long checked = 0;
    for (int point = first; point <= last; point++) {
      Cut cut = at(point);
      checked += run(check, cut, cut.killed());
      int subsets = cut.changes() < 30 ? 1 << cut.changes() : Integer.MAX_VALUE;
      boolean all = subsets <= perPoint;
      for (int i = 0; all && i < subsets; i++) {
        checked += run(check, cut, cut.subset(i));
      }
      for (int i = all ? subsets : 0; i < perPoint && cut.changes() > 0; i++) {
        checked += run(check, cut, cut.sample(seed * 0x9E3779B97F4A7C15L + point, i));
      }
    }
    return checked;
  }

  private int run(Check check, Cut cut, Left left) {
    try {
      check.check(left.storage(), cut.point);
      return 1;
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "power cut after operation "
              + cut.point
              + " of "
              + log.size()
              + (cut.point == 0 ? "" : " (" + log.get(cut.point - 1) + ")")
              + ", "
              + cut.epoch.flushes
              + " flushes; "
              + left.description()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /**
   * What is left.
   *
   * @param storage its bytes; it may be changed
   * @param description what it is made of, for a message
   */
  public record Left(PagedStorage storage, String description) {}

  /** What was done between two flushes. */
  private final class Epoch {
    final int flushes;
    final PagedStorage base;
    final Map<Long, PageVersions> pages = new TreeMap<>();
    final PageVersions sizes;

    Epoch(int flushes) throws IOException {
      this.flushes = flushes;
      this.base = durable.get(flushes);
      this.sizes = new PageVersions(null, base.size());
      PagedStorage now = base.copy(base.name());
      for (int i = starts.get(flushes); i < log.size() && !(log.get(i) instanceof Flush); i++) {
        StorageOperation operation = log.get(i);
        long before = now.size();
        operation.applyTo(now);
        if (now.size() != before) {
          sizes.add(i, null, now.size());
        }
        switch (operation) {
          case Write write -> note(i, now, write.position(), write.bytes().length);
          case Zero zero ->
              note(i, now, zero.position(), Math.min(zero.length(), before - zero.position()));
          case Resize resize -> note(i, now, resize.size(), before - resize.size());
          case StorageOperation.Reserve _, Flush _ -> {}
        }
        now.shareAll();
      }
    }

    private void note(int operation, PagedStorage now, long position, long length) {
      long end = position + Math.max(length, 0);
      for (long page = position / PAGE; page * PAGE < end; page++) {
        byte[] content = now.page(page);
        PageVersions versions = pages.get(page);
        if (versions == null) {
          if (content == null && base.page(page) == null) {
            continue;
          }
          versions = new PageVersions(base.page(page), 0);
          pages.put(page, versions);
        }
        versions.add(operation, content, 0);
      }
    }
  }

  /** A power cut at one point. */
  public final class Cut {
    private final Epoch epoch;
    private final int point;
    private final List<Long> pages = new ArrayList<>();
    private final int lastSize;

    private Cut(Epoch epoch, int point) {
      this.epoch = epoch;
      this.point = point;
      this.lastSize = epoch.sizes.lastBefore(point);
      epoch.pages.forEach((page, versions) -> {
        if (versions.lastBefore(point) > 0) {
          pages.add(page);
        }
      });
    }

    /** Returns how many flushes had returned. */
    public int flushes() {
      return epoch.flushes;
    }

    /**
     * Returns the number of changes that may or may not have happened: pages, and the file's size.
     */
    public int changes() {
      return pages.size() + (lastSize > 0 ? 1 : 0);
    }

    /** Returns what is left if the process is killed and the power stays: everything. */
    public Left killed() throws IOException {
      Builder left = new Builder();
      for (Long page : pages) {
        left.page(page, lastOf(page));
      }
      return left.build(lastSize, "everything was written");
    }

    /**
     * Returns what is left if some of the changes happened, and each of those whole.
     *
     * @param subset of the {@link #changes()}, a bit each
     */
    public Left subset(int subset) throws IOException {
      Builder left = new Builder();
      for (int i = 0; i < pages.size(); i++) {
        if ((subset >>> i & 1) != 0) {
          left.page(pages.get(i), lastOf(pages.get(i)));
        }
      }
      boolean resized = lastSize > 0 && (subset >>> pages.size() & 1) != 0;
      return left.build(resized ? lastSize : 0, "subset " + subset);
    }

    /**
     * Returns something that may be left.
     *
     * @param seed by which it is chosen, together with {@code number}
     * @param number which of those with that seed; each early one lacks a single change, or has it
     *     alone
     */
    public Left sample(long seed, int number) throws IOException {
      SplittableRandom random = new SplittableRandom(seed + number * 0x2545F4914F6CDD1DL);
      String description = "sample " + number + " of seed " + seed;
      int one = number / 2;
      return one < changes() && number < 32
          ? oneAlone(random.nextInt(changes()), number % 2 == 0, description)
          : mixed(random, description);
    }

    /** A forgotten barrier shows where one change came too early, or too late. */
    private Left oneAlone(int which, boolean missing, String description) throws IOException {
      Builder left = new Builder();
      for (int i = 0; i < pages.size(); i++) {
        if (i == which != missing) {
          left.page(pages.get(i), lastOf(pages.get(i)));
        }
      }
      // Without its size, nothing can be seen of a page that was added.
      boolean resized = which == pages.size() ? !missing : lastSize > 0;
      return left.build(resized ? lastSize : 0, description);
    }

    private Left mixed(SplittableRandom random, String description) throws IOException {
      double written = random.nextDouble();
      boolean onlyLast = random.nextBoolean();
      double torn = random.nextInt(3) == 0 ? 0.5 : 0;
      Builder left = new Builder();
      for (Long page : pages) {
        if (random.nextDouble() < written) {
          int last = lastOf(page);
          int version = onlyLast ? last : 1 + random.nextInt(last);
          if (random.nextDouble() < torn) {
            int other = random.nextInt(last);
            left.torn(page, other < version ? other : other + 1, version, random.nextInt());
          } else {
            left.page(page, version);
          }
        }
      }
      boolean resized = random.nextInt(4) != 0;
      return left.build(resized ? lastSize : random.nextInt(lastSize + 1), description);
    }

    private int lastOf(Long page) {
      return versionsOf(page).lastBefore(point);
    }

    private PageVersions versionsOf(Long page) {
      return requireNonNull(epoch.pages.get(page));
    }

    /** Puts together what is left. */
    private final class Builder {
      private final PagedStorage left = epoch.base.copy(epoch.base.name());
      private final StringBuilder written = new StringBuilder();

      void page(Long page, int version) {
        left.sharePage(page, versionsOf(page).content(version));
        report(page, version, "");
      }

      void torn(Long page, int one, int other, int sectors) {
        PageVersions versions = versionsOf(page);
        byte[] base = versions.content(one);
        byte[] mixed = base == null ? new byte[PAGE] : base.clone();
        byte[] over = versions.content(other);
        for (int at = 0; at < PAGE; at += SECTOR) {
          if (((sectors >>> (at / SECTOR)) & 1) != 0) {
            if (over == null) {
              Arrays.fill(mixed, at, at + SECTOR, (byte) 0);
            } else {
              System.arraycopy(over, at, mixed, at, SECTOR);
            }
          }
        }
        left.sharePage(page, mixed);
        report(page, other, "/" + one + " torn");
      }

      private void report(Long page, int version, String torn) {
        if (written.length() < 500) {
          written.append(" 0x").append(Long.toHexString(page * PAGE));
          written.append(":").append(version).append(torn);
        }
      }

      Left build(int size, String description) throws IOException {
        long bytes = epoch.sizes.size(size);
        left.setSize(bytes);
        return new Left(
            left,
            description + ", " + bytes + " bytes, pages written (position:version)" + written);
      }
    }
  }
}
