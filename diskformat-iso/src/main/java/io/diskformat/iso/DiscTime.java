package io.diskformat.iso;

import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The two encodings of times on a disc. An invalid time, such as zeroes, is read as none.
 *
 * <pre>
 * 7 bytes: years since 1900, month, day, hour, minute, second, zone
 * 17 bytes: year (4 digits), month, day, hour, minute, second, hundredths (2 each), zone (a byte)
 * </pre>
 *
 * <p>The zone is how far ahead of UTC, in quarters of an hour.
 */
final class DiscTime {
  static final int BYTES = 7;
  static final int DIGITS = 17;
  private static final int QUARTER = 15 * 60;

  /** The largest difference of a zone, in quarters of an hour; one beyond counts as UTC. */
  private static final int FARTHEST = 14 * 4;

  private DiscTime() {}

  static Optional<FileTime> ofBytes(ByteBuffer from, int at) {
    return of(
        1900 + Byte.toUnsignedInt(from.get(at)),
        from.get(at + 1),
        from.get(at + 2),
        from.get(at + 3),
        from.get(at + 4),
        from.get(at + 5),
        0,
        from.get(at + 6));
  }

  static Optional<FileTime> ofDigits(ByteBuffer from, int at) {
    int year = number(from, at, 4);
    if (year <= 0) {
      return Optional.empty();
    }
    return of(
        year,
        number(from, at + 4, 2),
        number(from, at + 6, 2),
        number(from, at + 8, 2),
        number(from, at + 10, 2),
        number(from, at + 12, 2),
        number(from, at + 14, 2),
        from.get(at + 16));
  }

  /** Returns a number of decimal digits, or -1 if they are none. */
  private static int number(ByteBuffer from, int at, int digits) {
    int number = 0;
    for (int i = 0; i < digits; i++) {
      int digit = from.get(at + i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  private static Optional<FileTime> of(
      int year, int month, int day, int hour, int minute, int second, int hundredths, int zone) {
    int quarters = Math.abs(zone) > FARTHEST ? 0 : zone;
    try {
      return Optional.of(
          FileTime.from(
              LocalDateTime.of(year, month, day, hour, minute, second, hundredths * 10_000_000)
                  .toInstant(ZoneOffset.ofTotalSeconds(quarters * QUARTER))));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
