package io.diskformat.iso;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.BootCatalogEntry;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The boot catalog of a disc.
 *
 * @param position where it is, in bytes
 * @param sum of the numbers of the validation entry, which should be 0
 * @param valid whether it begins as it should
 * @param entries those that are there
 */
record BootCatalog(long position, int sum, boolean valid, List<BootCatalogEntry> entries) {
  private static final int LOADED_SECTOR = 512;

  /**
   * Reads a catalog.
   *
   * @throws io.diskformat.CorruptImageException if it is not on the disc
   */
  static BootCatalog read(DeviceBytes disc, long position) throws IOException {
    ByteBuffer bytes = disc.read(position, Disc.SECTOR, "boot catalog");
    return new BootCatalog(
        position,
        BootCatalogEntry.sum(bytes),
        BootCatalogEntry.isValid(bytes),
        List.copyOf(BootCatalogEntry.read(bytes)));
  }

  /** Returns where an entry is, in bytes. */
  static long position(BootCatalogEntry entry) {
    return entry.block() * Disc.SECTOR;
  }

  /** Returns how much of it is loaded, in bytes, as it is recorded. */
  static int loaded(BootCatalogEntry entry) {
    return entry.sectors() * LOADED_SECTOR;
  }

  /** Returns what people want to know of an entry. */
  static Map<String, Object> toMap(BootCatalogEntry entry) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(
        "platform",
        switch (entry.platform()) {
          case 0 -> "BIOS";
          case 1 -> "PowerPC";
          case 2 -> "Mac";
          case 0xef -> "UEFI";
          default -> Integer.toString(entry.platform());
        });
    map.put("bootable", entry.bootable());
    int medium = entry.medium() & 15;
    map.put(
        "emulation",
        switch (medium) {
          case 0 -> "none";
          case 1, 2, 3 -> "floppy";
          case 4 -> "hard disk";
          default -> Integer.toString(medium);
        });
    map.put("offset", position(entry));
    map.put("load size", (long) loaded(entry));
    return map;
  }
}
