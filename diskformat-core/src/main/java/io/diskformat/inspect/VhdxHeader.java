package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Uuids;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the headers and region tables of a VHDX image: whether its log must be replayed, and
 * where its metadata is. There are two of each, of which those count whose checksum is right.
 * Numbers have their lowest byte first.
 *
 * <pre>
 *  64 KiB  header         0  "head"   4  checksum   8  number, 64 bits: the higher one counts
 * 128 KiB  the other     48  GUID of the log, 0 if nothing is to be made out of it
 * 192 KiB  region table   0  "regi"   4  checksum   8  number of entries
 * 256 KiB  the other     16  entries of 32 bytes: GUID, position, length, 1 if it is required
 * </pre>
 */
final class VhdxHeader {
  private static final int KIB = 1 << 10;
  private static final int HEADER_LENGTH = 4 * KIB;
  private static final int TABLE_LENGTH = 64 * KIB;
  private static final long[] HEADERS = {64 * KIB, 128 * KIB};
  private static final long[] TABLES = {192 * KIB, 256 * KIB};
  private static final int HEADER_MARK = 0x64616568;
  private static final int TABLE_MARK = 0x69676572;
  private static final int CHECKSUM = 4;
  private static final int NUMBER = 8;
  private static final int LOG = 48;
  private static final int COUNT = 8;
  private static final int ENTRIES = 16;
  private static final UUID METADATA = UUID.fromString("8B7CA206-4790-4B9A-B8FE-575F050F886E");
  private static final UUID BLOCKS = UUID.fromString("2DC27766-F623-4200-9D64-115E9BFD4A08");

  private final PassingImage image;
  private @Nullable ByteBuffer first;
  private @Nullable Region metadata;

  /** Where the metadata is. */
  private record Region(long position, long length) {}

  private VhdxHeader(PassingImage image) {
    this.image = image;
  }

  /** Looks at what follows the mark of an image that bears it. */
  static void read(PassingImage image) {
    VhdxHeader header = new VhdxHeader(image);
    image.need(HEADERS[0], HEADER_LENGTH, "the header", bytes -> header.first = bytes);
    image.need(HEADERS[1], HEADER_LENGTH, "the header", header::headers);
    image.need(TABLES[0], TABLE_LENGTH, "the region table", bytes -> header.table(bytes, 0));
    image.need(TABLES[1], TABLE_LENGTH, "the region table", bytes -> header.table(bytes, 1));
  }

  private static boolean isSound(ByteBuffer structure, int mark) {
    ByteBuffer fields = structure.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    CRC32C sum = new CRC32C();
    sum.update(structure.slice(0, CHECKSUM));
    sum.update(new byte[Integer.BYTES]);
    sum.update(structure.slice(CHECKSUM + 4, structure.capacity() - CHECKSUM - 4));
    return fields.getInt(0) == mark && fields.getInt(CHECKSUM) == (int) sum.getValue();
  }

  private void headers(ByteBuffer second) {
    ByteBuffer one = first;
    boolean firstCounts = one != null && isSound(one, HEADER_MARK);
    boolean secondCounts = isSound(second, HEADER_MARK);
    if (one == null || (!firstCounts && !secondCounts)) {
      image.refuse(VhdxMetadata.HEADER_RULE, HEADERS[0], "neither of its headers is sound");
      return;
    }
    boolean isSecond =
        !firstCounts || (secondCounts && Long.compareUnsigned(number(second), number(one)) > 0);
    UUID log = Uuids.get(isSecond ? second : one, LOG);
    if (log.getMostSignificantBits() != 0 || log.getLeastSignificantBits() != 0) {
      image.refuse(
          "vhdx.log",
          HEADERS[isSecond ? 1 : 0] + LOG,
          "it has a log out of which all else may still be changed");
    }
  }

  private static long number(ByteBuffer header) {
    return header.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(NUMBER);
  }

  /** Looks at a region table; the second one may only repeat the first. */
  private void table(ByteBuffer table, int which) {
    Region known = metadata;
    Region found = isSound(table, TABLE_MARK) ? region(table, TABLES[which]) : null;
    if (found != null && known != null && !found.equals(known)) {
      image.refuse(VhdxMetadata.HEADER_RULE, TABLES[which], "its region tables differ");
    } else if (found != null && known == null) {
      metadata = found;
      VhdxMetadata.read(image, found.position(), found.length());
    } else if (known == null && which == 1) {
      image.refuse(
          VhdxMetadata.HEADER_RULE, TABLES[0], "no region table says where its metadata is");
    }
  }

  private @Nullable Region region(ByteBuffer table, long position) {
    ByteBuffer fields = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int count = fields.getInt(COUNT);
    if (count < 0 || count > VhdxMetadata.MOST_ENTRIES) {
      return null;
    }
    Region found = null;
    for (int i = 0; i < count; i++) {
      int at = ENTRIES + i * VhdxMetadata.ENTRY;
      UUID guid = Uuids.get(table, at);
      if (guid.equals(METADATA)) {
        found = new Region(fields.getLong(at + 16), Integer.toUnsignedLong(fields.getInt(at + 24)));
      } else if (!guid.equals(BLOCKS) && (fields.getInt(at + 28) & 1) != 0) {
        image.refuse(
            "vhdx.unknown-feature", position + at, "it needs a region that is not known: " + guid);
      }
    }
    return found;
  }
}
