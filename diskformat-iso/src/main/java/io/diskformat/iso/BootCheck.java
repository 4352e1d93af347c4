package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Checks the boot catalog, and what boot loaders have been given of where they are:
 *
 * <pre>
 * offset  size  field of a boot info table
 *    8      4   sector of the primary volume descriptor
 *   12      4   sector of this file
 *   16      4   length of this file
 *   20      4   sum of its numbers of 4 bytes, from byte 64 on
 * </pre>
 */
final class BootCheck {
  private static final int TABLE = 8;
  private static final int SUMMED = 64;
  private static final int CHUNK = 1 << 16;

  private BootCheck() {}

  static void of(Disc disc, long position, long session, CheckReport.Builder report)
      throws IOException {
    BootCatalog catalog = BootCatalog.read(disc, position);
    if (!catalog.valid()) {
      report.corruption("boot catalog", position, "no entry that validates it", "one, and 55 AA");
    }
    if (catalog.sum() != 0) {
      report.corruption("boot catalog", position, "a checksum of " + catalog.sum(), "0");
    }
    if (catalog.entries().isEmpty()) {
      report.corruption("boot catalog", position, "no entry", "one at least");
    }
    for (BootCatalog.Entry entry : catalog.entries()) {
      if (entry.offset() > disc.size() - Math.max(1, entry.loaded())) {
        report.corruption(
            "boot entry",
            position,
            entry.loaded() + " bytes at " + entry.offset(),
            "a range of the image, of " + disc.size() + " bytes");
      } else {
        checkTable(disc, entry.offset(), session, report);
      }
    }
  }

  private static void checkTable(Disc disc, long position, long session, CheckReport.Builder report)
      throws IOException {
    if (position > disc.size() - SUMMED) {
      return;
    }
    ByteBuffer head = disc.read(position, SUMMED, "boot info table");
    long descriptor = Integer.toUnsignedLong(head.getInt(TABLE));
    long file = Integer.toUnsignedLong(head.getInt(TABLE + 4));
    // Only if it says where it is, there is such a table; it says so of its own session.
    if ((descriptor != session + 16 && descriptor != 16) || file != position / Disc.SECTOR) {
      return;
    }
    long length = Integer.toUnsignedLong(head.getInt(TABLE + 8));
    if (length < SUMMED || length > disc.size() - position) {
      report.corruption(
          "boot info table",
          position + TABLE,
          "a file of " + length + " bytes",
          "one that fits, of " + SUMMED + " at least");
      return;
    }
    int sum = 0;
    for (long at = SUMMED; at < length; at += CHUNK) {
      int count = (int) Math.min(CHUNK, length - at);
      ByteBuffer words = ByteBuffer.allocate((count + 3) / 4 * 4).order(ByteOrder.LITTLE_ENDIAN);
      words.put(disc.read(position + at, count, "boot loader")).clear();
      while (words.hasRemaining()) {
        sum += words.getInt();
      }
    }
    if (sum != head.getInt(TABLE + 12)) {
      report.corruption(
          "boot info table",
          position + TABLE,
          "checksum %08x".formatted(head.getInt(TABLE + 12)),
          "%08x, that of what is there".formatted(sum));
    }
  }
}
