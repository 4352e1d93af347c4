package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Uuids;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.UUID;

/**
 * Inspects the metadata of a VHDX image. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  "metadata"   10  number of entries, 16 bits
 * 32  entries of 32 bytes: GUID, position in the region, length, flags: 4 if it is required
 *
 * parameters   4  flags: 2 if it has a parent
 * size         0  of the disk, 64 bits
 * </pre>
 */
final class VhdxMetadata {
  static final String HEADER_RULE = "vhdx.header";
  private static final String PARENT_RULE = "vhdx.parent";
  private static final int TABLE_LENGTH = 64 << 10;
  private static final int COUNT = 10;
  static final int ENTRY = 32;
  static final int MOST_ENTRIES = 2047;
  private static final int REQUIRED = 4;
  private static final int HAS_PARENT = 2;
  private static final UUID PARAMETERS = UUID.fromString("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
  private static final UUID SIZE = UUID.fromString("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
  private static final UUID PARENT = UUID.fromString("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

  /** The disk's identity, and the sizes of its sectors. */
  private static final Set<UUID> HARMLESS =
      Set.of(
          UUID.fromString("BECA12AB-B2E6-4523-93EF-C309E000C746"),
          UUID.fromString("8141BF1D-A96F-4709-BA47-F233A8FAAB5F"),
          UUID.fromString("CDA348C7-445D-4471-9CC9-E9885251C556"));

  private final PassingImage image;
  private final long start;
  private final long length;

  private VhdxMetadata(PassingImage image, long start, long length) {
    this.image = image;
    this.start = start;
    this.length = length;
  }

  /** Looks at the metadata of an image in a region. */
  static void read(PassingImage image, long position, long length) {
    image.need(
        position,
        TABLE_LENGTH,
        "the metadata",
        table -> new VhdxMetadata(image, position, length).table(table));
  }

  private void table(ByteBuffer table) {
    ByteBuffer fields = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int count = fields.getShort(COUNT) & 0xffff;
    if (fields.getLong(0) != 0x617461646174656dL || count > MOST_ENTRIES) {
      image.refuse(HEADER_RULE, start, "what should be its metadata is none");
      return;
    }
    boolean hasSize = false;
    for (int i = 1; i <= count; i++) {
      int at = i * ENTRY;
      UUID guid = Uuids.get(table, at);
      long offset = Integer.toUnsignedLong(fields.getInt(at + 16));
      if (offset < TABLE_LENGTH || offset > length - Long.BYTES) {
        image.refuse(HEADER_RULE, start + at, "metadata lies outside of its region");
      } else if (guid.equals(PARAMETERS)) {
        need(offset, this::parameters);
      } else if (guid.equals(SIZE)) {
        hasSize = true;
        need(offset, bytes -> image.disk(bytes.getLong(0), start + offset));
      } else if (guid.equals(PARENT)) {
        image.refuse(PARENT_RULE, start + at, "it says where another image is");
      } else if (!HARMLESS.contains(guid) && (fields.getInt(at + 24) & REQUIRED) != 0) {
        image.refuse(
            "vhdx.unknown-feature", start + at, "it needs metadata that is not known: " + guid);
      }
    }
    if (!hasSize) {
      image.refuse(HEADER_RULE, start, "it does not say how large the disk is");
    }
  }

  /** Receives a value of the metadata. */
  @FunctionalInterface
  private interface Value {
    void of(ByteBuffer bytes);
  }

  private void need(long offset, Value value) {
    image.need(
        start + offset,
        Long.BYTES,
        "the metadata",
        bytes -> value.of(bytes.order(ByteOrder.LITTLE_ENDIAN)));
  }

  private void parameters(ByteBuffer bytes) {
    if ((bytes.getInt(4) & HAS_PARENT) != 0) {
      image.refuse(PARENT_RULE, start, "it is a difference to another image");
    }
  }
}
