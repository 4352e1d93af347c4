package io.diskformat.testing;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that changes and resizes a disk at random, closes its image, compacts or commits it,
 * and begins anew, until it is killed. It reports on its standard output what it does, in the lines
 * of a {@link WriteJournal}.
 */
final class JournalledMaintainer {
  private static final int SECTOR = RandomContent.SECTOR;
  private static final int MOST_CHANGES = 40;

  /** In bytes: the longest write of zeroes. */
  private static final int LONGEST_ZEROES = 1 << 20;

  /** The number of calls of a progress listener for which one line is printed. */
  private static final int PROGRESS_STEP = 32;

  /** The maintenance of the image between its openings. */
  enum Maintenance {
    /** None; and the disk only grows. */
    NONE,
    COMPACTION,
    /** Commits, and sometimes compaction; after some commits the image is emptied. */
    COMMIT,
    /** Snapshots while the disk is written, and changes that leave it as it is. */
    CHANGES
  }

  private final String format;
  private final Path path;
  private final int cluster;
  private final long largestSize;
  private final Maintenance maintenance;
  private final AtomicInteger values;
  private final SplittableRandom random;
  private final List<String> changes;
  private final JournalOutput output = new JournalOutput();

  private JournalledMaintainer(String[] arguments) {
    format = arguments[0];
    path = Path.of(arguments[1]);
    cluster = Integer.parseInt(arguments[2]);
    largestSize = Long.parseLong(arguments[3]);
    maintenance = Maintenance.valueOf(arguments[4]);
    values = new AtomicInteger(Integer.parseInt(arguments[5]));
    random = new SplittableRandom(Long.parseLong(arguments[6]));
    changes = List.of(arguments).subList(7, arguments.length);
  }

  /**
   * Arguments: format, path, cluster size, largest disk, maintenance, first value, seed, and the
   * changes that there may be, as {@link ImageChange} reads them.
   */
  public static void main(String[] arguments) throws Exception {
    JournalledMaintainer maintainer = new JournalledMaintainer(arguments);
    while (true) {
      maintainer.write();
      if (maintainer.maintenance != Maintenance.NONE) {
        maintainer.maintain();
      }
    }
  }

  private OpenOptions options() {
    return OpenOptions.writable()
        .format(format)
        .references(ReferencePolicy.sameDirectory())
        .parents(ParentResolver.sameDirectory());
  }

  private DiskImage open() throws IOException {
    output.report(0, "s open");
    DiskImage image = DiskImages.open(path, options());
    output.report(0, ".");
    return image;
  }

  private ImageMaintenance openToMaintain() throws IOException {
    output.report(0, "s open");
    ImageMaintenance image = DiskImages.maintain(path, options());
    output.report(0, ".");
    return image;
  }

  private void write() throws IOException {
    try (DiskImage disk = open()) {
      JournalledChanges changes = new JournalledChanges(disk, cluster, false, 1, values, output);
      int count = random.nextInt(MOST_CHANGES);
      for (int i = 0; i < count; i++) {
        switch (random.nextInt(12)) {
          case 0, 1 -> resizeOrSnapshot(disk);
          case 2 -> writeZeroBytes(disk);
          default -> changes.step(0, random);
        }
      }
      output.report(0, "s close");
    }
    output.report(0, ".");
  }

  private void resizeOrSnapshot(DiskImage disk) throws IOException {
    if (maintenance == Maintenance.CHANGES) {
      snapshot(disk);
    } else {
      resize(disk);
    }
  }

  /** Takes a snapshot, goes back to one, or deletes one. */
  private void snapshot(DiskImage disk) throws IOException {
    List<Snapshot> present = disk.info().snapshots();
    int kind = present.isEmpty() ? 0 : random.nextInt(present.size() > 3 ? 1 : 0, 4);
    String name =
        kind == 0
            ? "k" + values.getAndIncrement()
            : present.get(random.nextInt(present.size())).name();
    try {
      switch (kind) {
        case 0 -> {
          output.report(0, "s snapshot " + name);
          disk.createSnapshot(name);
        }
        case 1 -> {
          output.report(0, "s delete " + name);
          disk.deleteSnapshot(name);
        }
        default -> {
          output.report(0, "s apply " + name);
          disk.applySnapshot(name);
        }
      }
      output.report(0, ".");
    } catch (UnsupportedFeatureException e) {
      output.report(0, "!");
    }
  }

  /** Resizes the disk, mostly to be a little larger, as growing moves what is in the file. */
  private void resize(DiskImage disk) throws IOException {
    long largest = largestSize / SECTOR;
    long before = disk.size() / SECTOR;
    long after;
    if (maintenance == Maintenance.NONE) {
      after = before + random.nextLong((largest - before) / 16 + 1);
    } else {
      after =
          random.nextInt(12) == 0
              ? random.nextLong(largest + 1)
              : Math.clamp(before + random.nextLong(-largest / 32, largest / 16), 0L, largest);
    }
    output.report(0, "r " + after * SECTOR);
    try {
      disk.resize(after * SECTOR, progress());
    } catch (UnsupportedFeatureException e) {
      if (after <= before) {
        throw e;
      }
      output.report(0, "!");
      return;
    }
    output.report(0, ".");
  }

  /** Stores zeroes, which only a compaction notices. */
  private void writeZeroBytes(DiskImage disk) throws IOException {
    int sectors = (int) (disk.size() / SECTOR);
    if (sectors > 0) {
      int first = random.nextInt(sectors);
      int count = 1 + random.nextInt(Math.min(sectors - first, LONGEST_ZEROES / SECTOR));
      output.report(0, "z " + (long) first * SECTOR + " " + count * SECTOR);
      disk.write((long) first * SECTOR, new byte[count * SECTOR]);
      output.report(0, ".");
    }
  }

  private void maintain() throws IOException {
    try (ImageMaintenance image = openToMaintain()) {
      if (maintenance == Maintenance.CHANGES) {
        ImageChange change = ImageChange.of(changes.get(random.nextInt(changes.size())));
        output.report(0, "s " + change.kind());
        try {
          change.on(image);
          output.report(0, ".");
        } catch (DiskFormatException | IllegalArgumentException e) {
          output.report(0, "!");
        }
      } else if (maintenance == Maintenance.COMMIT && random.nextInt(3) > 0) {
        output.report(0, "s commit");
        image.commit(progress());
        output.report(0, ".");
        if (random.nextBoolean()) {
          output.report(0, "s empty");
          image.empty();
          output.report(0, ".");
        }
      } else {
        output.report(0, "s compaction");
        try {
          image.compact(progress());
          output.report(0, ".");
        } catch (UnsupportedFeatureException e) {
          output.report(0, "!");
        }
      }
      output.report(0, "s close");
    }
    output.report(0, ".");
  }

  /** Returns a listener that reports when a part of a step has been done. */
  private ProgressListener progress() {
    AtomicInteger calls = new AtomicInteger();
    return (done, total) -> {
      try {
        if (done > 0 && done < total && calls.getAndIncrement() % PROGRESS_STEP == 0) {
          output.report(0, "p");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }
}
