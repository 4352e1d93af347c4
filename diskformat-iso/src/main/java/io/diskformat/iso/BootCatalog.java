package io.diskformat.iso;

import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The boot catalog of El Torito: entries of 32 bytes, the first of which validates the others. The
 * entry of the default follows; then sections with a header each, for other platforms.
 *
 * <pre>
 * validation                    entry                            section
 *  0  1  1                       0  1  88 bootable, 00 not        0  1  90, of the last 91
 *  1  1  platform: 0 BIOS,       1  1  medium: 0 none,            1  1  platform
 *        EF UEFI                       1-3 floppy, 4 hard disk    2  2  number of entries
 * 28  2  makes the sum of        2  2  load segment
 *        all 16 numbers 0        6  2  sectors of 512 bytes
 * 30  2  55 AA                   8  4  sector of 2048 bytes
 * </pre>
 *
 * <p>Some have entries with no header ahead of them. What extends an entry, 44, is passed over.
 *
 * @param position where it is, in bytes
 * @param sum of the numbers of the validation entry, which should be 0
 * @param valid whether it begins as it should
 * @param entries those that are there
 */
record BootCatalog(long position, int sum, boolean valid, List<Entry> entries) {
  private static final int LENGTH = 32;

  /** As many entries are read, whatever sections say. */
  private static final int MOST = 64;

  private static final int BOOTABLE = 0x88;
  private static final int HEADER = 0x90;
  private static final int LAST_HEADER = 0x91;
  private static final int EXTENSION = 0x44;

  /**
   * What may be booted.
   *
   * @param platform for which machines
   * @param bootable or not
   * @param medium what the machine shall take it for
   * @param loaded how much is loaded, in bytes, as it is recorded
   * @param offset where it is, in bytes
   */
  record Entry(int platform, boolean bootable, int medium, int loaded, long offset) {
    Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put(
          "platform",
          switch (platform) {
            case 0 -> "BIOS";
            case 1 -> "PowerPC";
            case 2 -> "Mac";
            case 0xef -> "UEFI";
            default -> Integer.toString(platform);
          });
      map.put("bootable", bootable);
      map.put(
          "emulation",
          switch (medium & 15) {
            case 0 -> "none";
            case 1, 2, 3 -> "floppy";
            case 4 -> "hard disk";
            default -> Integer.toString(medium & 15);
          });
      map.put("offset", offset);
      map.put("load size", (long) loaded);
      return map;
    }
  }

  /**
   * Reads a catalog.
   *
   * @throws io.diskformat.CorruptImageException if it is not on the disc
   */
  static BootCatalog read(Disc disc, long position) throws IOException {
    ByteBuffer bytes = disc.read(position, Disc.SECTOR, "boot catalog");
    int sum = 0;
    for (int i = 0; i < LENGTH; i += 2) {
      sum += Short.toUnsignedInt(bytes.getShort(i));
    }
    boolean valid = bytes.get(0) == 1 && bytes.getShort(30) == (short) 0xaa55;
    List<Entry> entries = new ArrayList<>();
    int platform = Byte.toUnsignedInt(bytes.get(1));
    for (int at = LENGTH; at < bytes.limit() && entries.size() < MOST; at += LENGTH) {
      int kind = Byte.toUnsignedInt(bytes.get(at));
      switch (kind) {
        case HEADER, LAST_HEADER -> platform = Byte.toUnsignedInt(bytes.get(at + 1));
        case EXTENSION -> {}
        case BOOTABLE -> entries.add(entry(bytes, at, platform));
        default -> {
          // One that is not bootable counts where it is not all zeroes.
          if (kind != 0 || bytes.getInt(at + 8) == 0) {
            return new BootCatalog(position, sum & 0xffff, valid, List.copyOf(entries));
          }
          entries.add(entry(bytes, at, platform));
        }
      }
    }
    return new BootCatalog(position, sum & 0xffff, valid, List.copyOf(entries));
  }

  private static Entry entry(ByteBuffer bytes, int at, int platform) {
    return new Entry(
        platform,
        Byte.toUnsignedInt(bytes.get(at)) == BOOTABLE,
        Byte.toUnsignedInt(bytes.get(at + 1)),
        Short.toUnsignedInt(bytes.getShort(at + 6)) * 512,
        Integer.toUnsignedLong(bytes.getInt(at + 8)) * Disc.SECTOR);
  }
}
