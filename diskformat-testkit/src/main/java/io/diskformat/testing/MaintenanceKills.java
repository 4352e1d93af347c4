package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.JournalledMaintainer.Maintenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Starts a process that writes, resizes, and compacts or commits an image at random and kills it,
 * again and again; each process goes on with the image that the last one left. After each kill
 * nothing that was acknowledged may be lost, the disk has its old size or the new one, an audit
 * finds leaks at most, and after the next writable open not even those. Each sector of the image
 * below holds what it did or what was committed.
 *
 * <pre>{@code
 * new MaintenanceKills("vdi", path, 48 << 20, seed, hits).clusters(4096).compacting().run(10);
 * }</pre>
 */
public final class MaintenanceKills {
  /** Lines of a process after which it is killed, at most. */
  private static final int MOST_LINES = 400;

  /** Values that one process may write, so that the next writes others. */
  private static final int VALUES_PER_KILL = 1 << 18;

  private final String format;
  private final Path image;
  private final long largestSize;
  private final Random random;
  private final KillHits hits;
  private final KillMoment.Durations durations = new KillMoment.Durations();
  private int cluster = 1 << 16;
  private Maintenance maintenance = Maintenance.NONE;
  private List<String> targets = List.of("resize");
  private List<String> changes = List.of();
  private @Nullable Path below;
  private Kills.@Nullable Audit audit;
  private int firstValue = 1 << 20;

  /**
   * Creates a run, in which the disk is resized.
   *
   * @param image an image each sector of which is zeroes or {@link RandomContent} of a seed below
   *     2^20
   * @param largestSize the size up to which the disk grows, in bytes
   * @param hits counts the steps that were hit
   */
  public MaintenanceKills(String format, Path image, long largestSize, long seed, KillHits hits) {
    this.format = format;
    this.image = image;
    this.largestSize = largestSize;
    this.random = new Random(seed);
    this.hits = hits;
  }

  /** Sets the size of the image's clusters, in bytes: a power of two. */
  public MaintenanceKills clusters(int bytes) {
    cluster = bytes;
    return this;
  }

  /** Makes the processes compact the image. */
  public MaintenanceKills compacting() {
    maintenance = Maintenance.COMPACTION;
    targets = List.of("resize", "resize", "compaction");
    return this;
  }

  /**
   * Makes the processes commit the image, empty it after some commits, and compact it.
   *
   * @param parent the image below, whose disk holds what the image's does
   */
  public MaintenanceKills committingTo(Path parent) {
    below = parent;
    maintenance = Maintenance.COMMIT;
    targets = List.of("resize", "compaction", "commit", "commit", "empty");
    return this;
  }

  /**
   * Makes the processes take, apply and delete snapshots while they write, and change the image in
   * other ways, which leave its disk as it is.
   *
   * @param kinds of change: {@code amend NAME VALUE}, {@code rebase NAME FORMAT}, {@code rebase},
   *     or {@code bitmap} with {@code add}, {@code remove}, {@code clear}, {@code enable}, {@code
   *     disable} or {@code merge} and a name
   */
  public MaintenanceKills changing(String... kinds) {
    changes = List.of(kinds);
    maintenance = Maintenance.CHANGES;
    List<String> steps = new ArrayList<>(List.of("snapshot", "apply", "delete"));
    changes.forEach(change -> steps.add(ImageChange.of(change).kind()));
    targets = List.copyOf(new LinkedHashSet<>(steps));
    return this;
  }

  /** Sets the audit of the structure of images. */
  public MaintenanceKills checkedBy(Kills.Audit by) {
    audit = by;
    return this;
  }

  /** Kills {@code kills} processes, and verifies what each left. */
  public void run(int kills) throws IOException {
    Journals journals = new Journals();
    for (int i = 0; i < kills; i++) {
      List<String> reported = kill();
      reported.forEach(journals::note);
      hits.add(reported);
      try {
        journals.verifyFiles(true);
        // Sometimes the next process opens what this one left.
        if (random.nextInt(4) > 0 || i == kills - 1) {
          journals.verifyReopened();
        }
      } catch (AssertionError | IOException e) {
        throw new AssertionError(
            "after a process that reported: " + lastOf(reported) + ": " + e, e);
      }
    }
  }

  private static List<String> lastOf(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - 8), lines.size());
  }

  /** Kills a process at any time, or within a kind of step that was hit less often. */
  private List<String> kill() throws IOException {
    int killAfter = 1 + random.nextInt(1 + random.nextInt(MOST_LINES));
    int chosen = random.nextInt(targets.size() + 1);
    String target = chosen < targets.size() ? targets.get(chosen) : "";
    List<String> arguments =
        new ArrayList<>(
            List.of(
                format,
                image.toString(),
                String.valueOf(cluster),
                String.valueOf(largestSize),
                maintenance.name(),
                String.valueOf(firstValue),
                String.valueOf(random.nextLong())));
    arguments.addAll(changes);
    List<String> reported =
        KilledProcess.run(
            JournalledMaintainer.class,
            arguments,
            new KillMoment(durations, random, target, killAfter));
    firstValue += VALUES_PER_KILL;
    return reported;
  }

  /** What the images may hold. */
  private final class Journals {
    private final WriteJournal journal;
    private final SnapshotJournal snapshots;
    private final @Nullable CommitJournal journalBelow;

    Journals() throws IOException {
      try (DiskImage disk = open(image, OpenOptions.readOnly())) {
        journal = new WriteJournal(disk, largestSize);
        snapshots = new SnapshotJournal(disk, journal, largestSize);
      }
      Path parent = below;
      if (parent == null) {
        journalBelow = null;
      } else {
        try (DiskImage disk = open(parent, OpenOptions.readOnly())) {
          journalBelow = new CommitJournal(disk, journal, largestSize);
        }
      }
    }

    private void note(String line) {
      if (journalBelow != null) {
        journalBelow.note(line);
      }
      snapshots.note(line);
      var _ = journal.note(line);
    }

    private void verifyFiles(boolean leaksAllowed) throws IOException {
      audit(image, leaksAllowed);
      Path parent = below;
      if (parent != null && journalBelow != null) {
        audit(parent, leaksAllowed);
        verifyBelow(parent, journalBelow, OpenOptions.readOnly());
      }
      verify(OpenOptions.readOnly());
    }

    /** Nothing is written, so nothing may change, except that leaks are gone. */
    private void verifyReopened() throws IOException {
      verify(OpenOptions.writable());
      if (below != null && journalBelow != null) {
        verifyBelow(below, journalBelow, OpenOptions.writable());
      }
      verifyFiles(false);
    }

    private void verify(OpenOptions options) throws IOException {
      try (DiskImage disk = open(image, options)) {
        snapshots.verify(disk);
      }
    }

    private void verifyBelow(Path parent, CommitJournal its, OpenOptions options)
        throws IOException {
      try (DiskImage disk = open(parent, options)) {
        var _ = its.verify(disk);
      }
    }
  }

  private void audit(Path file, boolean leaksAllowed) throws IOException {
    Kills.Audit by = audit;
    if (by != null) {
      try (Storage storage = FileStorage.open(file, false, FileStorage.Sharing.LOCKED)) {
        assertEquals("", by.problem(storage, leaksAllowed), file::toString);
      }
    }
  }

  private DiskImage open(Path file, OpenOptions options) throws IOException {
    return DiskImages.open(
        file,
        options
            .format(format)
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory()));
  }
}
