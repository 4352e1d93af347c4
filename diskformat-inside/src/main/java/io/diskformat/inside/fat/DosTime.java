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

  private static final LocalDateTime FIRST = LocalDateTime.of(FIRST_YEAR, 1, 1, 0, 0);
  private static final LocalDateTime LAST = LocalDateTime.of(2107, 12, 31, 23, 59, 59);

  private DosTime() {}

  /** Returns a time, or the nearest that FAT has. */
  private static LocalDateTime nearest(FileTime time) {
    LocalDateTime wanted = LocalDateTime.ofInstant(time.toInstant(), ZoneOffset.UTC);
    if (wanted.isBefore(FIRST)) {
      return FIRST;
    }
    return wanted.isAfter(LAST) ? LAST : wanted;
  }

  /** Returns the date of a time. */
  static short date(FileTime time) {
    LocalDateTime is = nearest(time);
    return (short)
        ((is.getYear() - FIRST_YEAR) << 9 | is.getMonthValue() << 5 | is.getDayOfMonth());
  }

  /** Returns the time of its day, to two seconds. */
  static short time(FileTime time) {
    LocalDateTime is = nearest(time);
    return (short) (is.getHour() << 11 | is.getMinute() << 5 | is.getSecond() / 2);
  }

  /** Returns what of a time is less than two seconds, in hundredths. */
  static byte hundredths(FileTime time) {
    LocalDateTime is = nearest(time);
    return (byte) (is.getSecond() % 2 * 100 + is.getNano() / HUNDREDTH);
  }

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
