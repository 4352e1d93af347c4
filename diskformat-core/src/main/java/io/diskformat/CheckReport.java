package io.diskformat;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check of an image's structure found: whether its tables contradict each other, the
 * specification, the file, or the image that this one is a difference to. The content of the disk
 * is not looked at. Immutable.
 *
 * <p>The numbers are those that {@code qemu-img check} tells. A cluster is the format's unit of
 * allocation, whatever it calls it.
 *
 * @param corruptions how many errors there are that lose data, or may once the image is written
 * @param leaks how many clusters are allocated and not used, which wastes space and harms nothing
 * @param checkErrors how often the check itself failed, so that there may be more than it found
 * @param totalClusters how many clusters the disk has; 0 where that is not known
 * @param allocatedClusters how many of these are stored
 * @param fragmentedClusters how many of these are not stored right behind the one before
 * @param compressedClusters how many of these are stored compressed
 * @param imageEndOffset where the last of what is used ends in the file, in bytes; 0 where that is
 *     not known
 * @param problems what was found, in words; the first {@link #MAX_PROBLEMS} if there is more
 */
public record CheckReport(
    long corruptions,
    long leaks,
    long checkErrors,
    long totalClusters,
    long allocatedClusters,
    long fragmentedClusters,
    long compressedClusters,
    long imageEndOffset,
    List<Problem> problems) {

  /** How many problems are told in words. All of them are counted. */
  public static final int MAX_PROBLEMS = 100;

  /** Copies the list. */
  public CheckReport {
    problems = List.copyOf(problems);
  }

  /** Returns whether nothing was found, and the check itself did not fail. */
  public boolean isClean() {
    return corruptions == 0 && leaks == 0 && checkErrors == 0;
  }

  /** What a problem does. */
  public enum Severity {
    /** Data is lost, or may be once the image is written. */
    CORRUPTION,
    /** Space is wasted. */
    LEAK,
    /** The check could not find out. */
    CHECK_ERROR
  }

  /**
   * Something that was found.
   *
   * @param severity what it does
   * @param structure what is wrong, for example {@code L2 entry 5}
   * @param fileOffset where that is in the file, in bytes, or -1 if nowhere
   * @param found what was found there
   * @param expected what was expected
   */
  public record Problem(
      Severity severity, String structure, long fileOffset, String found, String expected) {

    /** Returns all of that as one sentence. */
    @Override
    public String toString() {
      return structure
          + (fileOffset < 0 ? "" : " at offset " + fileOffset)
          + ": "
          + found
          + ", expected "
          + expected;
    }
  }

  /** Counts what a check finds. Not thread-safe. */
  public static final class Builder {
    private final List<Problem> problems = new ArrayList<>();
    private long corruptions;
    private long leaks;
    private long checkErrors;
    private long totalClusters;
    private long allocatedClusters;
    private long fragmentedClusters;
    private long compressedClusters;
    private long imageEndOffset;

    /** Creates a builder of a report that says that nothing was found. */
    public Builder() {}

    /** Counts a corruption. See {@link Problem}. */
    public void corruption(String structure, long fileOffset, String was, String expected) {
      corruptions++;
      add(new Problem(Severity.CORRUPTION, structure, fileOffset, was, expected));
    }

    /** Counts a leaked cluster. See {@link Problem}. */
    public void leak(String structure, long fileOffset, String was, String expected) {
      leaks++;
      add(new Problem(Severity.LEAK, structure, fileOffset, was, expected));
    }

    /** Counts a failure of the check itself. See {@link Problem}. */
    public void checkError(String structure, long fileOffset, String was, String expected) {
      checkErrors++;
      add(new Problem(Severity.CHECK_ERROR, structure, fileOffset, was, expected));
    }

    private void add(Problem problem) {
      if (problems.size() < MAX_PROBLEMS) {
        problems.add(problem);
      }
    }

    /** Counts all that another report tells. */
    public void addAll(CheckReport report) {
      corruptions += report.corruptions();
      leaks += report.leaks();
      checkErrors += report.checkErrors();
      totalClusters += report.totalClusters();
      allocatedClusters += report.allocatedClusters();
      fragmentedClusters += report.fragmentedClusters();
      compressedClusters += report.compressedClusters();
      usedUpTo(report.imageEndOffset());
      report.problems().forEach(this::add);
    }

    /** Sets how many clusters the disk has. */
    public void totalClusters(long count) {
      totalClusters = count;
    }

    /**
     * Counts a cluster that is stored.
     *
     * @param fragmented whether it is not right behind the one before
     * @param compressed whether it is compressed
     */
    public void allocatedCluster(boolean fragmented, boolean compressed) {
      allocatedClusters++;
      fragmentedClusters += fragmented ? 1 : 0;
      compressedClusters += compressed ? 1 : 0;
    }

    /** Tells that something that is used ends at an offset of the file, in bytes. */
    public void usedUpTo(long end) {
      imageEndOffset = Math.max(imageEndOffset, end);
    }

    /** Returns the report. */
    public CheckReport build() {
      return new CheckReport(
          corruptions,
          leaks,
          checkErrors,
          totalClusters,
          allocatedClusters,
          fragmentedClusters,
          compressedClusters,
          imageEndOffset,
          problems);
    }
  }
}
