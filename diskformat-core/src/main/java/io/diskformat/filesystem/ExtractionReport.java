package io.diskformat.filesystem;

import java.util.ArrayList;
import java.util.List;

/**
 * What an extraction made, and what it left out. Immutable.
 *
 * @param files the number of regular files that were written
 * @param directories the number of directories that were made or found
 * @param links the number of symbolic links that were made
 * @param bytes the content of the files, in bytes
 * @param leftOut the number of files that were left out, directories with all below counting once
 * @param reasons why; of the first {@link #MAX_REASONS} if there are more
 */
public record ExtractionReport(
    long files, long directories, long links, long bytes, long leftOut, List<LeftOut> reasons) {
  /** The largest number of files that a report says the reasons of. It counts all of them. */
  public static final int MAX_REASONS = 100;

  /** Copies the list. */
  public ExtractionReport {
    reasons = List.copyOf(reasons);
  }

  /**
   * A file that was left out.
   *
   * @param path in the tree
   * @param reason why, as the end of a sentence that begins with the path
   */
  public record LeftOut(String path, String reason) {
    /** Returns the reason as a sentence. */
    @Override
    public String toString() {
      return path + " " + reason;
    }
  }

  /** Returns whether nothing was left out. */
  public boolean isComplete() {
    return leftOut == 0;
  }

  /** Counts. For one thread. */
  static final class Builder {
    private final List<LeftOut> reasons = new ArrayList<>();
    private long files;
    private long directories;
    private long links;
    private long bytes;
    private long leftOut;

    void file(long size) {
      files++;
      bytes += size;
    }

    void directory() {
      directories++;
    }

    void link() {
      links++;
    }

    void leaveOut(String path, String reason) {
      leftOut++;
      if (reasons.size() < MAX_REASONS) {
        reasons.add(new LeftOut(path, reason));
      }
    }

    ExtractionReport build() {
      return new ExtractionReport(files, directories, links, bytes, leftOut, reasons);
    }
  }
}
