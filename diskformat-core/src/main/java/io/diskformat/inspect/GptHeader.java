package io.diskformat.inspect;

import io.diskformat.spi.Uuids;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The header of a GPT, section 5.3.2 of the UEFI specification, in little-endian byte order:
 *
 * <pre>
 *  0  "EFI PART"
 *  8  revision, 32 bits
 * 12  size of the header, 32 bits
 * 16  CRC-32 of the header, with zeroes here
 * 24  sector of this header, 64 bits
 * 32  sector of the other one, 64 bits
 * 40  first sector for partitions, 64 bits
 * 48  last sector for partitions, 64 bits
 * 56  GUID of the disk
 * 72  first sector of the entries, 64 bits
 * 80  number of the entries, 32 bits
 * 84  size of an entry, 32 bits
 * 88  CRC-32 of all entries
 * </pre>
 *
 * @param self the sector of this header
 * @param other the sector of the other header
 * @param firstUsable the first sector for partitions
 * @param lastUsable the last sector for partitions
 * @param disk the GUID of the disk
 * @param entries the first sector of the entries
 * @param count the number of the entries
 * @param entrySize the size of an entry in bytes
 * @param entriesChecksum the CRC-32 of all entries
 */
record GptHeader(
    long self,
    long other,
    long firstUsable,
    long lastUsable,
    String disk,
    long entries,
    int count,
    int entrySize,
    int entriesChecksum) {
  static final int SIZE = 92;
  static final int CHECKSUM = 16;

  /** The most bytes of entries to read. */
  private static final int MOST_ENTRIES = 4 << 20;

  /**
   * Returns the header in a sector, or empty if there is none that is valid there.
   *
   * @param sector all bytes of the sector
   * @param number the number of the sector
   * @param sectors the number of the sectors of the disk
   */
  static Optional<GptHeader> in(byte[] sector, long number, long sectors) {
    ByteBuffer bytes = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.getInt(12);
    if (!new String(sector, 0, 8, StandardCharsets.ISO_8859_1).equals("EFI PART")
        || size < SIZE
        || size > sector.length
        || checksum(sector, size) != bytes.getInt(CHECKSUM)) {
      return Optional.empty();
    }
    GptHeader header =
        new GptHeader(
            bytes.getLong(24),
            bytes.getLong(32),
            bytes.getLong(40),
            bytes.getLong(48),
            Uuids.get(bytes, 56).toString(),
            bytes.getLong(72),
            bytes.getInt(80),
            bytes.getInt(84),
            bytes.getInt(88));
    return Optional.of(header).filter(found -> found.isSane(number, sectors));
  }

  private static int checksum(byte[] sector, int size) {
    byte[] header = new byte[size];
    System.arraycopy(sector, 0, header, 0, size);
    ByteBuffer.wrap(header).putInt(CHECKSUM, 0);
    return checksum(header);
  }

  static int checksum(byte[] bytes) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  private boolean isSane(long number, long sectors) {
    boolean partitionsFit =
        firstUsable > 0
            && firstUsable <= lastUsable
            && (number < firstUsable || number > lastUsable);
    boolean entriesFit =
        entrySize >= 128
            && Integer.bitCount(entrySize) == 1
            && count > 0
            && (long) count * entrySize <= MOST_ENTRIES
            && entries > 0
            && entries < sectors;
    return self == number && partitionsFit && entriesFit;
  }
}
