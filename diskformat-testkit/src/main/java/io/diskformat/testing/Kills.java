package io.diskformat.testing;

import static java.util.Objects.requireNonNull;
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
 * Starts a process that writes an image at random and kills it, again and again; each process goes
 * on with the image that the last one left. After each kill nothing that a flush acknowledged may
 * be lost, a sector that was being written is old or new or some bytes of each, qemu-img's check
 * finds leaks at most, and after the next writable open not even those.
 *
 * <pre>{@code
 * System.out.println(new Kills("vdi", path, seed).clusters(1 << 20).run(10));
 * }</pre>
 */
public final class Kills {
  /** The exit code of {@code qemu-img check} for leaks without errors. */
  private static final int LEAKS = 3;

  /** Lines of a process after which it is killed, at most. */
  private static final int MOST_LINES = 3000;

  /** The longest time after which a process is killed while it opens the image. */
  private static final int LONGEST_OPENING_MILLIS = 250;

  private final String format;
  private final Path image;
  private final Random random;
  private int cluster = 1 << 16;
  private boolean compresses;
  private boolean leaksAreGone = true;
  private @Nullable Audit audit;
  private String passphrase = "";
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

    /** Returns the audit by a format's own {@link FormatUnderTest}. */
    static Audit by(FormatUnderTest format) {
      return (image, leaksAllowed) ->
          leaksAllowed ? format.corruption(image) : format.problem(image);
    }
  }

  /**
   * Creates a run.
   *
   * @param format the name of the image's format, here and in qemu-img
   * @param image an image each sector of which is zeroes or {@link RandomContent} of a seed below
   *     2^20
   */
  public Kills(String format, Path image, long seed) {
    this.format = format;
    this.image = image;
    this.random = new Random(seed);
  }

  /** Sets the size of the image's clusters, in bytes: a power of two. */
  public Kills clusters(int bytes) {
    cluster = bytes;
    return this;
  }

  /** Makes the processes write some clusters compressed. */
  public Kills compressing() {
    compresses = true;
    return this;
  }

  /**
   * Allows leaks after the next writable open: for formats whose next writer does not reclaim them.
   */
  public Kills leaking() {
    leaksAreGone = false;
    return this;
  }

  /** Sets what opens the image, if it is encrypted; qemu-img then needs the audit of another. */
  public Kills openedBy(String secret) {
    passphrase = secret;
    return this;
  }

  /** Sets the audit, for images that qemu-img does not read or judges in another way. */
  public Kills checkedBy(Audit other) {
    audit = other;
    return this;
  }

  /** Kills {@code kills} writers, and verifies what each left. */
  public Kills run(int kills) throws IOException {
    WriteJournal journal;
    try (DiskImage disk = open(OpenOptions.readOnly())) {
      journal = new WriteJournal(disk);
    }
    for (int i = 0; i < kills; i++) {
      kill(journal);
      // Sometimes the next process opens what this one left.
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
    List<String> reported =
        KilledProcess.run(
            JournalledWriter.class,
            List.of(
                format,
                image.toString(),
                String.valueOf(cluster),
                String.valueOf(compresses),
                String.valueOf(1 + random.nextInt(3)),
                String.valueOf(firstValue),
                String.valueOf(random.nextLong()),
                passphrase),
            _ -> ++read[0] == killAfter ? delay : -1);
    reported.forEach(line -> note(journal, line));
    beforeChanges += reported.size() <= 1 ? 1 : 0;
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
    // Nothing is written now, so nothing may change.
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
            .in(requireNonNull(image.toAbsolutePath().getParent()))
            .run("check", "-f", format, image);
    List<Integer> allowed = leaksAllowed ? List.of(0, LEAKS) : List.of(0);
    assertTrue(allowed.contains(result.exitCode()), result::toString);
  }

  private DiskImage open(OpenOptions options) throws IOException {
    return DiskImages.open(
        image,
        JournalledWriter.with(options, passphrase)
            .format(format)
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory()));
  }

  /** Returns what happened, in numbers. */
  @Override
  public String toString() {
    return "%d lines, %d flushes acknowledged, %d sectors uncertain, %d killed before any change"
        .formatted(lines, acknowledged, uncertain, beforeChanges);
  }
}
