package io.diskformat.opening;

import io.diskformat.UnrecognizedFormatException;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.Probe;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Determines the format of an image whose format nobody names: the one whose mark it bears,
 * installed or not.
 *
 * <p>A mark in the first sector, or of an installed format, decides; several are an error. A mark
 * further on, be its format {@linkplain DiskFormat#isMarkedFurtherOn() installed} or not, or at the
 * end, counts only where there is none of these: in an image that begins with a mark of its own,
 * such a mark is content of the disk that happens to be stored there.
 */
final class Recognition {
  private static final String ISO = "iso";

  private Recognition() {}

  /**
   * Returns the name of the format whose mark an image bears, or empty if it bears none.
   *
   * @throws UnrecognizedFormatException if it bears the marks of several
   * @throws IOException if it cannot be read
   */
  static Optional<String> formatOf(Probe probe, Collection<DiskFormat> installed)
      throws IOException {
    Set<String> marks = new TreeSet<>();
    addInstalled(marks, probe, installed, false);
    marks.addAll(ForeignMarks.inFirstSector(probe));
    if (marks.isEmpty()) {
      addInstalled(marks, probe, installed, true);
      marks.addAll(ForeignMarks.elsewhere(probe));
      if (marks.contains(ISO)) {
        // What reads ISO images reads UDF, beside ISO 9660 or alone.
        marks.remove(ForeignMarks.UDF);
      }
    }
    if (marks.size() > 1) {
      throw new UnrecognizedFormatException(
          probe.name()
              + ": looks like both "
              + String.join(" and ", marks)
              + ", so that its format must be named");
    }
    return marks.stream().findFirst();
  }

  private static void addInstalled(
      Set<String> marks, Probe probe, Collection<DiskFormat> installed, boolean furtherOn)
      throws IOException {
    for (DiskFormat format : installed) {
      if (format.isMarkedFurtherOn() == furtherOn && format.recognizes(probe)) {
        marks.add(format.name());
      }
    }
  }
}
