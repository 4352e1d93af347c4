package io.diskformat.iso.build;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a disc is made. Immutable: each method that changes an option returns a new object. */
public final class DiscOptions {
  /** Whether there is a tree for Windows. */
  public enum Joliet {
    /** No such tree. */
    NONE(0),
    /** With names of up to 64 characters, as the specification has it. */
    STANDARD(64),
    /** With names of up to 103 characters, which Windows and Linux read as well. */
    LONG(103);

    private final int longest;

    Joliet(int longest) {
      this.longest = longest;
    }

    /** Returns how many units of UTF-16 a name has at most. */
    int longest() {
      return longest;
    }
  }

  private static final int HIGHEST_LEVEL = 4;

  private int level = 3;
  private Joliet joliet = Joliet.NONE;
  private boolean rockRidge = true;
  private boolean forEverybody;
  private boolean relocation;
  private boolean compression;
  private boolean padding = true;
  private boolean md5;
  private DiscIdentifiers identifiers = DiscIdentifiers.none();
  private @Nullable Instant date;
  private boolean clamped;

  private DiscOptions() {}

  /**
   * Returns the options of a disc with Rock Ridge, of level 3. Its date is that of the environment
   * variable {@code SOURCE_DATE_EPOCH} if there is one ({@link #latestDate}).
   *
   * @throws IllegalArgumentException if {@code SOURCE_DATE_EPOCH} is no number of seconds
   */
  public static DiscOptions defaults() {
    String epoch = System.getenv("SOURCE_DATE_EPOCH");
    if (epoch == null || epoch.isEmpty()) {
      return new DiscOptions();
    }
    try {
      return new DiscOptions().latestDate(Instant.ofEpochSecond(Long.parseLong(epoch)));
    } catch (NumberFormatException | DateTimeException e) {
      throw new IllegalArgumentException(
          "SOURCE_DATE_EPOCH is \"" + epoch + "\", and should be a number of seconds", e);
    }
  }

  private DiscOptions with(Consumer<DiscOptions> change) {
    DiscOptions copy = new DiscOptions();
    copy.level = level;
    copy.joliet = joliet;
    copy.rockRidge = rockRidge;
    copy.forEverybody = forEverybody;
    copy.relocation = relocation;
    copy.compression = compression;
    copy.padding = padding;
    copy.md5 = md5;
    copy.identifiers = identifiers;
    copy.date = date;
    copy.clamped = clamped;
    change.accept(copy);
    return copy;
  }

  /**
   * Returns these options with another level of ISO 9660. 1: names of 8 characters and 3 more, 2:
   * names of 31 characters; both without files of 4 GiB and more. 3: such files as well, in several
   * sections. 4: a second tree besides, as ISO 9660:1999 has it, with names of up to 207 bytes.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public DiscOptions level(int number) {
    if (number < 1 || number > HIGHEST_LEVEL) {
      throw new IllegalArgumentException("level " + number + " of ISO 9660; there are 1 to 4");
    }
    return with(options -> options.level = number);
  }

  /** Returns these options with or without a tree for Windows. */
  public DiscOptions joliet(Joliet kind) {
    return with(options -> options.joliet = kind);
  }

  /** Returns these options with or without what POSIX knows of files, and their whole names. */
  public DiscOptions rockRidge(boolean wanted) {
    return with(options -> options.rockRidge = wanted);
  }

  /**
   * Returns these options with files that belong to user and group 0, that all can read, and nobody
   * can write; or with each as it was given.
   */
  public DiscOptions forEverybody(boolean wanted) {
    return with(options -> options.forEverybody = wanted);
  }

  /**
   * Returns these options with or without directories moved up that are below the eighth level,
   * which is as deep as ISO 9660 goes. Rock Ridge shows them in their places. Without, they are
   * recorded where they belong, which all known systems read.
   */
  public DiscOptions relocation(boolean wanted) {
    return with(options -> options.relocation = wanted);
  }

  /**
   * Returns these options with or without content compressed by zisofs, as Linux and xorriso read
   * it, where that saves at least a block; it needs Rock Ridge. Files of 4 GiB and more are in its
   * second version, which only newer xorriso reads. Boot images are left as they are.
   */
  public DiscOptions compression(boolean wanted) {
    return with(options -> options.compression = wanted);
  }

  /** Returns these options with or without 300 KiB of zeroes at the end, which drives like. */
  public DiscOptions padding(boolean wanted) {
    return with(options -> options.padding = wanted);
  }

  /** Returns these options with or without an MD5 sum as {@code checkisomd5} looks for it. */
  public DiscOptions implantedMd5(boolean wanted) {
    return with(options -> options.md5 = wanted);
  }

  /** Returns these options with what the volume says of itself. */
  public DiscOptions identifiers(DiscIdentifiers texts) {
    return with(options -> options.identifiers = texts);
  }

  /**
   * Returns these options with the date of the volume. Without one, it is when the newest of its
   * files was modified: the same files make the same image.
   */
  public DiscOptions date(Instant moment) {
    return with(options -> {
      options.date = moment;
      options.clamped = false;
    });
  }

  /** Returns these options with the date of the volume, than which no file gets a later one. */
  public DiscOptions latestDate(Instant moment) {
    return with(options -> {
      options.date = moment;
      options.clamped = true;
    });
  }

  int level() {
    return level;
  }

  Joliet joliet() {
    return joliet;
  }

  boolean rockRidge() {
    return rockRidge;
  }

  boolean forEverybody() {
    return forEverybody;
  }

  boolean relocation() {
    return relocation;
  }

  boolean compression() {
    return compression;
  }

  boolean padding() {
    return padding;
  }

  boolean implantedMd5() {
    return md5;
  }

  /** Returns what the volume says of itself. */
  public DiscIdentifiers identifiers() {
    return identifiers;
  }

  Optional<Instant> date() {
    return Optional.ofNullable(date);
  }

  /** Returns a file's time, or the latest that it may be. */
  Instant clamp(Instant time) {
    return clamped && date != null && time.isAfter(date) ? date : time;
  }
}
