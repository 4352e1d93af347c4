package io.diskformat.inside.fat;

import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Times as FAT has them: of a place that nobody has recorded. They are taken for times of UTC.
 *
 * <pre>
 * time, 16 bits: hours, 5 bits; minutes, 6 bits; seconds / 2, 5 bits
 * date, 16 bits: years from 1980 on, 7 bits; month, 4 bits; day, 5 bits
 * </pre>
 */
final class DosTime {
  private static final int FIRST_YEAR = 1980;
  private static final int HUNDREDTH = 10_000_000;
  private static final int MOST_HUNDREDTHS = 199;

  private DosTime() {}

  /**
   * Returns a time, or nothing if it is none.
   *
   * @param hundredths of a second, up to 199, to be added
   */
  static Optional<FileTime> of(short date, short time, byte hundredths) {
    int days = Short.toUnsignedInt(date);
    int seconds = Short.toUnsignedInt(time);
    int more = Byte.toUnsignedInt(hundredths);
    if (days == 0 || more > MOST_HUNDREDTHS) {
      return Optional.empty();
    }
    try {
      LocalDateTime known =
          LocalDateTime.of(
              FIRST_YEAR + (days >> 9),
              (days >> 5) & 0xF,
              days & 0x1F,
              seconds >> 11,
              (seconds >> 5) & 0x3F,
              (seconds & 0x1F) * 2);
      return Optional.of(
          FileTime.from(known.plusNanos((long) more * HUNDREDTH).toInstant(ZoneOffset.UTC)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
