package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.BootCatalogEntry;
import io.diskformat.iso.disc.BootInfoTable;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Checks the boot catalog, and the tables in boot loaders that say where these are. */
final class BootCheck {
  private static final int CHUNK = 1 << 16;

  private BootCheck() {}

  static void of(DeviceBytes disc, long position, long session, CheckReport.Builder report)
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
    for (BootCatalogEntry entry : catalog.entries()) {
      long at = BootCatalog.position(entry);
      int loaded = BootCatalog.loaded(entry);
      if (at > disc.size() - Math.max(1, loaded)) {
        report.corruption(
            "boot entry",
            at,
            loaded + " bytes at " + at,
            "a range of the image, of " + disc.size() + " bytes");
      } else {
        checkTable(disc, at, session, report);
      }
    }
  }

  private static void checkTable(
      DeviceBytes disc, long position, long session, CheckReport.Builder report)
      throws IOException {
    if (position > disc.size() - BootInfoTable.END) {
      return;
    }
    BootInfoTable table =
        BootInfoTable.read(disc.read(position, BootInfoTable.END, "boot info table"));
    long descriptor = table.descriptor();
    // There is such a table only if it has the loader's own place, in its session.
    if ((descriptor != session + 16 && descriptor != 16)
        || table.block() != position / Disc.SECTOR) {
      return;
    }
    long length = table.length();
    if (length < BootInfoTable.END || length > disc.size() - position) {
      report.corruption(
          "boot info table",
          position + BootInfoTable.START,
          "a file of " + length + " bytes",
          "one that fits, of " + BootInfoTable.END + " at least");
      return;
    }
    int sum = 0;
    for (long at = BootInfoTable.END; at < length; at += CHUNK) {
      int count = (int) Math.min(CHUNK, length - at);
      ByteBuffer words = ByteBuffer.allocate((count + 3) / 4 * 4).order(ByteOrder.LITTLE_ENDIAN);
      words.put(disc.read(position + at, count, "boot loader")).clear();
      while (words.hasRemaining()) {
        sum += words.getInt();
      }
    }
    if (sum != table.sum()) {
      report.corruption(
          "boot info table",
          position + BootInfoTable.START,
          "checksum %08x".formatted(table.sum()),
          "%08x, that of what is there".formatted(sum));
    }
  }
}
