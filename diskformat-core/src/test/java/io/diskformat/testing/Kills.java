package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has a process of its own write an image at random and kills it, again and again, the image going
 * on as each one left it. After each kill nothing that a flush acknowledged may be lost, a sector
 * that was being written is old or new or some bytes of each, qemu-img's check finds leaks at most,
 * and after the next writable open not even those.
 *
 * <pre>{@code
 * System.out.println(new Kills("vdi", path, seed).clusters(1 << 20).run(10));
 * }</pre>
 */
public final class Kills {
  /** qemu-img check: there are leaks and no errors. */
  private static final int LEAKS = 3;

  private static final int MOST_LINES = 3000;
  private static final int LONGEST_OPENING_MILLIS = 250;

  private final String format;
  private final Path image;
  private final Random random;
  private int cluster = 1 << 16;
  private boolean compresses;
  private boolean leaksAreGone = true;
  private @Nullable Audit audit;
  private int firstValue = 1 << 20;
  private long lines;
  private long acknowledged;
  private long uncertain;
  private int beforeChanges;

  /** Looks at the structure of an image. */
  @FunctionalInterface
  public interface Audit {
    /** Returns what is wrong, or an empty string. */
    String problem(Storage image, boolean leaksAllowed) throws IOException;
  }

  /**
   * Creates a run.
   *
   * @param format of the image, as we and qemu-img name it
   * @param image each sector of which is zeroes or some {@link RandomContent} of a seed below 2^20
   */
  public Kills(String format, Path image, long seed) {
    this.format = format;
    this.image = image;
    this.random = new Random(seed);
  }

  /** Says how large the image's clusters are, in bytes: a power of two. */
  public Kills clusters(int bytes) {
    cluster = bytes;
    return this;
  }

  /** Has some clusters be written compressed. */
  public Kills compressing() {
    compresses = true;
    return this;
  }

  /** For formats in which leaks are not taken back by the next writer. */
  public Kills leaking() {
    leaksAreGone = false;
    return this;
  }

  /** For images that qemu-img does not read, or judges in another way. */
  public Kills checkedBy(Audit other) {
    audit = other;
    return this;
  }

  /** Kills so many writers, and looks at what each left. */
  public Kills run(int kills) throws IOException {
    WriteJournal journal;
    try (DiskImage disk = open(OpenOptions.readOnly())) {
      journal = new WriteJournal(disk);
    }
    for (int i = 0; i < kills; i++) {
      kill(journal);
      // Sometimes the next one has to deal with what this one left.
      if (random.nextInt(4) > 0) {
        verify(journal);
      } else {
        verifyContent(journal);
      }
    }
    verify(journal);
    return this;
  }

  private void kill(WriteJournal journal) throws IOException {
    boolean whileOpening = random.nextInt(5) == 0;
    int killAfter = whileOpening ? 1 : 2 + random.nextInt(MOST_LINES);
    long delay =
        whileOpening ? TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST_OPENING_MILLIS)) : 0;
    int[] read = new int[1];
    List<String> told =
        KilledProcess.run(
            JournalledWriter.class,
            List.of(
                format,
                image.toString(),
                String.valueOf(cluster),
                String.valueOf(compresses),
                String.valueOf(1 + random.nextInt(3)),
                String.valueOf(firstValue),
                String.valueOf(random.nextLong())),
            _ -> ++read[0] == killAfter ? delay : -1);
    told.forEach(line -> note(journal, line));
    beforeChanges += told.size() <= 1 ? 1 : 0;
    firstValue += MOST_LINES * 100;
  }

  private void note(WriteJournal journal, String line) {
    lines++;
    acknowledged += journal.note(line) ? 1 : 0;
  }

  private void verifyContent(WriteJournal journal) throws IOException {
    check(true);
    try (DiskImage disk = open(OpenOptions.readOnly())) {
      uncertain += journal.verify(disk);
    }
  }

  private void verify(WriteJournal journal) throws IOException {
    verifyContent(journal);
    // Nothing is written now, so that nothing may change.
    try (DiskImage disk = open(OpenOptions.writable())) {
      journal.verify(disk);
    }
    check(!leaksAreGone);
    try (DiskImage disk = open(OpenOptions.readOnly())) {
      journal.verify(disk);
    }
  }

  private void check(boolean leaksAllowed) throws IOException {
    if (audit != null) {
      try (Storage storage = FileStorage.open(image, false, FileStorage.Sharing.LOCKED)) {
        assertEquals("", audit.problem(storage, leaksAllowed));
      }
      return;
    }
    Oracle.Result result =
        Oracle.of("qemu-img")
            .in(image.toAbsolutePath().getParent())
            .run("check", "-f", format, image);
    List<Integer> allowed = leaksAllowed ? List.of(0, LEAKS) : List.of(0);
    assertTrue(allowed.contains(result.exitCode()), result::toString);
  }

  private DiskImage open(OpenOptions options) throws IOException {
    return DiskImages.open(
        image,
        options
            .format(format)
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory()));
  }

  /** Tells how much happened. */
  @Override
  public String toString() {
    return "%d lines, %d flushes acknowledged, %d sectors uncertain, %d killed before any change"
        .formatted(lines, acknowledged, uncertain, beforeChanges);
  }
}
