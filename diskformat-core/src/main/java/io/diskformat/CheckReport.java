package io.diskformat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a check of an image's structure found: whether its tables contradict each other, the
 * specification, the file, or the image that this one is a difference to. The check does not read
 * the content of the disk. Immutable.
 *
 * <p>The numbers are those of {@code qemu-img check}. A cluster is the format's unit of allocation,
 * whatever name the format has for it.
 *
 * @param corruptions the number of errors that lose data, or may once the image is written
 * @param leaks the number of clusters that are allocated and not used, which wastes space and harms
 *     nothing
 * @param checkErrors the number of failures of the check itself, so that there may be more errors
 *     than it found
 * @param totalClusters the number of clusters of the disk; 0 where that is not known
 * @param allocatedClusters the number of clusters that are stored
 * @param fragmentedClusters the number of stored clusters that do not directly follow the one
 *     before in the file
 * @param compressedClusters the number of clusters that are stored compressed
 * @param usedEnd the position in the file at which the used part ends, in bytes; 0 where that is
 *     not known
 * @param problems descriptions of what was found; the first {@link #MAX_PROBLEMS} if there are more
 */
public record CheckReport(
    long corruptions,
    long leaks,
    long checkErrors,
    long totalClusters,
    long allocatedClusters,
    long fragmentedClusters,
    long compressedClusters,
    long usedEnd,
    List<Problem> problems) {

  /** The largest number of problems that a report describes. It counts all of them. */
  public static final int MAX_PROBLEMS = 100;

  /** Copies the list of problems. */
  public CheckReport {
    problems = List.copyOf(problems);
  }

  /** Returns whether the check found nothing and did not itself fail. */
  public boolean isClean() {
    return corruptions == 0 && leaks == 0 && checkErrors == 0;
  }

  /** How bad a problem is. */
  public enum Severity {
    /** Data is lost, or may be once the image is written. */
    CORRUPTION,
    /** Space is wasted. */
    LEAK,
    /** The check could not find out. */
    CHECK_ERROR,
    /** Nothing is wrong; but it is worth knowing, and no count includes it. */
    REMARK
  }

  /** What a problem is about. */
  public enum Kind {
    /** How many references there are is not what is counted in the file. */
    REFERENCE_COUNT,
    /** A flag of an entry contradicts what the entry points to. */
    FLAG,
    /** Bits are set that the format reserves. */
    RESERVED_BITS,
    /** Something does not begin where such a structure can begin. */
    ALIGNMENT,
    /** Something is beyond the end of the file or of a table. */
    OUT_OF_BOUNDS,
    /** Two structures use the same part of the file. */
    OVERLAP,
    /** A structure contradicts the specification. */
    MALFORMED,
    /** The image is marked as not closed, or as corrupt. */
    MARK,
    /** None of these. */
    OTHER
  }

  /**
   * A problem that a check found.
   *
   * @param severity how bad it is
   * @param kind what it is about
   * @param structure the structure at fault, for example {@code L2 entry 5}
   * @param position the structure's position in the file, in bytes, or -1 if it has none
   * @param guestOffset the offset of the disk that is affected, in bytes, or -1 if there is none in
   *     particular
   * @param found what was found there
   * @param expected what was expected
   * @param qemuText how {@code qemu-img check} puts it, in one or several lines, if it would
   */
  public record Problem(
      Severity severity,
      Kind kind,
      String structure,
      long position,
      long guestOffset,
      String found,
      String expected,
      Optional<String> qemuText) {

    /** Creates a problem of no particular kind, which affects no offset in particular. */
    public Problem(
        Severity severity, String structure, long position, String found, String expected) {
      this(severity, Kind.OTHER, structure, position, -1, found, expected, Optional.empty());
    }

    /** Returns the problem as one sentence. */
    @Override
    public String toString() {
      return structure
          + (position < 0 ? "" : " at offset " + position)
          + ": "
          + found
          + ", expected "
          + expected;
    }
  }

  /** Counts what a check finds. Not thread-safe. */
  public static final class Builder {
    private final List<Problem> problems = new ArrayList<>();
    private final Consumer<Problem> listener;
    private final boolean listens;
    private long corruptions;
    private long leaks;
    private long checkErrors;
    private long totalClusters;
    private long allocatedClusters;
    private long fragmentedClusters;
    private long compressedClusters;
    private long usedEnd;

    /** Creates a builder of a report that says that nothing was found. */
    public Builder() {
      this.listener = problem -> {};
      this.listens = false;
    }

    /**
     * Creates a builder of a report that says that nothing was found.
     *
     * @param listener gets each problem when it is counted, also those that the report does not
     *     describe
     */
    public Builder(Consumer<Problem> listener) {
      this.listener = listener;
      this.listens = true;
    }

    /** Counts a corruption. See {@link Problem}. */
    public void corruption(String structure, long position, String was, String expected) {
      count(new Problem(Severity.CORRUPTION, structure, position, was, expected));
    }

    /** Counts a leaked cluster. See {@link Problem}. */
    public void leak(String structure, long position, String was, String expected) {
      count(new Problem(Severity.LEAK, structure, position, was, expected));
    }

    /** Counts a failure of the check itself. See {@link Problem}. */
    public void checkError(String structure, long position, String was, String expected) {
      count(new Problem(Severity.CHECK_ERROR, structure, position, was, expected));
    }

    /** Counts a problem, as its severity says. */
    public void count(Problem problem) {
      count(problem.severity());
      add(problem);
    }

    /** Counts a problem that is not described, since {@link #wantsDescription} said so. */
    public void count(Severity severity) {
      switch (severity) {
        case CORRUPTION -> corruptions++;
        case LEAK -> leaks++;
        case CHECK_ERROR -> checkErrors++;
        case REMARK -> {}
      }
    }

    /**
     * Returns whether the next problem is to be described, as the report or the listener gets it.
     * There may be millions of them.
     */
    public boolean wantsDescription() {
      return listens || problems.size() < MAX_PROBLEMS;
    }

    private void add(Problem problem) {
      listener.accept(problem);
      if (problems.size() < MAX_PROBLEMS) {
        problems.add(problem);
      }
    }

    /** Adds the counts and problems of another report, as far as it describes them. */
    public void addAll(CheckReport report) {
      corruptions += report.corruptions();
      leaks += report.leaks();
      checkErrors += report.checkErrors();
      totalClusters += report.totalClusters();
      allocatedClusters += report.allocatedClusters();
      fragmentedClusters += report.fragmentedClusters();
      compressedClusters += report.compressedClusters();
      usedUpTo(report.usedEnd());
      report.problems().forEach(this::add);
    }

    /** Sets the number of clusters of the disk. */
    public void totalClusters(long count) {
      totalClusters = count;
    }

    /**
     * Counts a cluster that is stored.
     *
     * @param fragmented whether it does not directly follow the one before in the file
     * @param compressed whether it is compressed
     */
    public void allocatedCluster(boolean fragmented, boolean compressed) {
      allocatedClusters++;
      fragmentedClusters += fragmented ? 1 : 0;
      compressedClusters += compressed ? 1 : 0;
    }

    /**
     * Counts several clusters that are stored.
     *
     * @param count how many
     * @param fragmented how many of them do not directly follow the one before in the file
     * @param compressed how many of them are compressed
     */
    public void allocatedClusters(long count, long fragmented, long compressed) {
      allocatedClusters += count;
      fragmentedClusters += fragmented;
      compressedClusters += compressed;
    }

    /** Records that a used part of the file ends at a position, in bytes. */
    public void usedUpTo(long end) {
      usedEnd = Math.max(usedEnd, end);
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
          usedEnd,
          problems);
    }
  }
}
