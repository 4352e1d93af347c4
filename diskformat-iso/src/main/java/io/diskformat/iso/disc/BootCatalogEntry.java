package io.diskformat.iso.disc;

import io.diskformat.spi.TextField;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What may be booted, as the boot catalog of El Torito has it: entries of 32 bytes, the first of
 * which validates the others. The entry that a firmware boots that asks nobody follows; then
 * sections with a header each, for other platforms.
 *
 * <pre>
 * validation                    entry                            section
 *  0  1  1                       0  1  88 bootable, 0 not         0  1  90, of the last 91
 *  1  1  platform: 0 BIOS,       1  1  medium: 0 none,            1  1  platform
 *        EF UEFI                       1-3 floppy, 4 hard disk    2  2  number of entries
 *  4 24  who made it             2  2  load segment               4 28  who made it
 * 28  2  makes the sum of        4  1  type of the partition
 *        all 16 numbers 0              of a hard disk
 * 30  2  55 AA                   6  2  sectors of 512 bytes
 *                                8  4  block of 2048 bytes
 * </pre>
 *
 * <p>Some have entries with no header ahead of them. What extends an entry, 44, is passed over.
 *
 * @param platform for which machines
 * @param id who made it, as what is ahead of it says
 * @param bootable or not
 * @param medium what the machine shall take it for
 * @param segment to which it is loaded, or 0
 * @param systemType of the partition of a hard disk
 * @param sectors how much is loaded, of 512 bytes, as it is recorded
 * @param block where it is
 */
public record BootCatalogEntry(
    int platform,
    String id,
    boolean bootable,
    int medium,
    int segment,
    int systemType,
    int sectors,
    long block) {
  /** The length of an entry, in bytes. */
  public static final int LENGTH = 32;

  private static final int ID = 4;
  private static final int ID_LENGTH = 24;
  private static final int CHECKSUM = 28;
  private static final int MARK = 30;
  private static final short MARKED = (short) 0xaa55;
  private static final int BLOCK = 8;

  private static final int BOOTABLE = 0x88;
  private static final int HEADER = 0x90;
  private static final int LAST_HEADER = 0x91;
  private static final int EXTENSION = 0x44;

  // Reading

  /** Returns whether a catalog begins as it should. */
  public static boolean isValid(ByteBuffer catalog) {
    return catalog.get(0) == 1 && catalog.getShort(MARK) == MARKED;
  }

  /** Returns the sum of the numbers of the validation entry, which should be 0. */
  public static int sum(ByteBuffer catalog) {
    int sum = 0;
    for (int i = 0; i < LENGTH; i += Short.BYTES) {
      sum += Short.toUnsignedInt(catalog.getShort(i));
    }
    return sum & 0xffff;
  }

  /** Returns the entries of a catalog, whose numbers have their lowest byte first. */
  public static List<BootCatalogEntry> read(ByteBuffer catalog) {
    List<BootCatalogEntry> entries = new ArrayList<>();
    int header = 0;
    for (int at = LENGTH; at + LENGTH <= catalog.limit(); at += LENGTH) {
      int kind = Byte.toUnsignedInt(catalog.get(at));
      switch (kind) {
        case HEADER, LAST_HEADER -> header = at;
        case EXTENSION -> {}
        case BOOTABLE -> entries.add(read(catalog, at, header));
        default -> {
          // An entry that is not bootable counts unless it is all zeroes.
          if (kind != 0 || catalog.getInt(at + BLOCK) == 0) {
            return entries;
          }
          entries.add(read(catalog, at, header));
        }
      }
    }
    return entries;
  }

  private static BootCatalogEntry read(ByteBuffer catalog, int at, int header) {
    return new BootCatalogEntry(
        Byte.toUnsignedInt(catalog.get(header + 1)),
        TextField.read(catalog, header + ID, ID_LENGTH, StandardCharsets.ISO_8859_1),
        Byte.toUnsignedInt(catalog.get(at)) == BOOTABLE,
        Byte.toUnsignedInt(catalog.get(at + 1)),
        Short.toUnsignedInt(catalog.getShort(at + 2)),
        Byte.toUnsignedInt(catalog.get(at + 4)),
        Short.toUnsignedInt(catalog.getShort(at + 6)),
        Integer.toUnsignedLong(catalog.getInt(at + BLOCK)));
  }

  // Writing

  /** Returns how many entries there is room for in some bytes, each but the first with a header. */
  public static int most(int bytes) {
    return (bytes - 2 * LENGTH) / (2 * LENGTH) + 1;
  }

  /**
   * Writes a catalog of at least one entry, in which each but the first has a section of its own.
   *
   * @param to zeroes, with numbers whose lowest byte is first
   */
  public static void write(List<BootCatalogEntry> entries, ByteBuffer to) {
    BootCatalogEntry first = entries.getFirst();
    to.put(0, (byte) 1);
    first.writeOwner(to, 0);
    to.putShort(MARK, MARKED);
    to.putShort(CHECKSUM, (short) -sum(to));
    first.write(to, LENGTH);
    int at = 2 * LENGTH;
    for (int i = 1; i < entries.size(); i++) {
      to.put(at, (byte) (i == entries.size() - 1 ? LAST_HEADER : HEADER));
      entries.get(i).writeOwner(to, at);
      to.putShort(at + 2, (short) 1);
      entries.get(i).write(to, at + LENGTH);
      at += 2 * LENGTH;
    }
  }

  private void writeOwner(ByteBuffer to, int at) {
    to.put(at + 1, (byte) platform);
    byte[] bytes = id.getBytes(StandardCharsets.ISO_8859_1);
    to.put(at + ID, Arrays.copyOf(bytes, Math.min(bytes.length, ID_LENGTH)));
  }

  private void write(ByteBuffer to, int at) {
    to.put(at, (byte) (bootable ? BOOTABLE : 0));
    to.put(at + 1, (byte) medium);
    to.putShort(at + 2, (short) segment);
    to.put(at + 4, (byte) systemType);
    to.putShort(at + 6, (short) sectors);
    to.putInt(at + BLOCK, (int) block);
  }
}
