package io.diskformat.iso.udf;

import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * A time as UDF records it. What is none is none.
 *
 * <pre>
 * offset  size  field
 *    0      2   zone, in minutes ahead of UTC, in the 12 lowest bits; -2047 is not known
 *    2      2   year
 *    4      1   month, then day, hour, minute, second
 *    9      1   hundredths of a second, then those of these, then those of these
 * </pre>
 */
final class UdfTime {
  private static final int FARTHEST = 14 * 60;
  private static final int MICROSECOND = 1000;

  private UdfTime() {}

  static Optional<FileTime> read(ByteBuffer from, int at) {
    int zone = from.getShort(at) << 20 >> 20;
    int microseconds = from.get(at + 9) * 10_000 + from.get(at + 10) * 100 + from.get(at + 11);
    try {
      LocalDateTime time =
          LocalDateTime.of(
              from.getShort(at + 2),
              from.get(at + 4),
              from.get(at + 5),
              from.get(at + 6),
              from.get(at + 7),
              from.get(at + 8),
              microseconds * MICROSECOND);
      int minutes = Math.abs(zone) > FARTHEST ? 0 : zone;
      return Optional.of(FileTime.from(time.toInstant(ZoneOffset.ofTotalSeconds(minutes * 60))));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
