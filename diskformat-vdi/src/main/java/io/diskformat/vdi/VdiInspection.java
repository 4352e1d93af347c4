package io.diskformat.vdi;

import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Uuids;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.function.Consumer;

/** Looks at the header of an image that passes by, as {@link HeaderLayout} draws it. */
final class VdiInspection {
  private static final String HEADER = "vdi.header";
  private static final String UNKNOWN_FEATURE = "vdi.unknown-feature";
  private static final String PARENT = "vdi.parent";
  private static final int UUID_LENGTH = 16;

  private final PassingImage image;
  private HeaderLayout layout = HeaderLayout.VERSION_1;
  private boolean isDifference;
  private long mapPosition;
  private long dataPosition;

  private VdiInspection(PassingImage image) {
    this.image = image;
  }

  static void begin(PassingImage image) {
    VdiInspection inspection = new VdiInspection(image);
    image.read(HeaderLayout.MARK, Integer.BYTES, inspection::mark);
  }

  private void mark(ByteBuffer bytes) {
    if (bytes.order(ByteOrder.LITTLE_ENDIAN).getInt() == VdiHeader.MARK) {
      image.recognized();
      need(HeaderLayout.VERSION, Integer.BYTES, this::version);
    }
  }

  private void need(int position, int length, Consumer<ByteBuffer> then) {
    image.need(
        position, length, "the header", bytes -> then.accept(bytes.order(ByteOrder.LITTLE_ENDIAN)));
  }

  private void version(ByteBuffer bytes) {
    int version = bytes.getInt();
    HeaderLayout known = HeaderLayout.of(version);
    if (known == null) {
      image.refuse(
          UNKNOWN_FEATURE,
          HeaderLayout.VERSION,
          "version %d.%d is not known".formatted(version >>> 16, version & 0xffff));
      return;
    }
    layout = known;
    need(layout.type, Integer.BYTES, this::type);
  }

  private void type(ByteBuffer bytes) {
    int number = bytes.getInt();
    ImageType type = ImageType.of(number);
    if (type == null) {
      image.refuse(
          UNKNOWN_FEATURE,
          layout.type,
          "image type " + Integer.toUnsignedString(number) + " is not known");
    } else {
      image.variant(type.description);
      isDifference = type == ImageType.DIFFERENCING || type == ImageType.UNDO;
      if (isDifference) {
        image.refuse(PARENT, layout.type, "it is a difference to another image");
      }
    }
    need(layout.flags, Integer.BYTES, this::flags);
  }

  private void flags(ByteBuffer bytes) {
    int unknown = bytes.getInt() & ~VdiHeader.KNOWN_FLAGS;
    if (unknown != 0) {
      image.refuse(
          UNKNOWN_FEATURE,
          layout.flags,
          "flags 0x" + Integer.toHexString(unknown) + " are not known");
    }
    if (layout == HeaderLayout.VERSION_0) {
      need(layout.sectorSize, Integer.BYTES, this::sectors);
    } else {
      need(layout.mapPosition, 2 * Integer.BYTES, this::places);
    }
  }

  private void places(ByteBuffer bytes) {
    mapPosition = Integer.toUnsignedLong(bytes.getInt(0));
    dataPosition = Integer.toUnsignedLong(bytes.getInt(4));
    need(layout.sectorSize, Integer.BYTES, this::sectors);
  }

  private void sectors(ByteBuffer bytes) {
    int size = bytes.getInt();
    if (size != 0 && size != 512) {
      image.refuse(
          HEADER,
          layout.sectorSize,
          "sectors have " + Integer.toUnsignedString(size) + " bytes, not 512");
    }
    need(layout.diskSize, Long.BYTES, this::size);
  }

  private void size(ByteBuffer bytes) {
    long size = bytes.getLong();
    image.disk(size < 0 ? size : size & -512, layout.diskSize);
    int end = layout.allocated + Integer.BYTES;
    need(layout.blockSize, end - layout.blockSize, fields -> blocks(size, fields));
  }

  private void blocks(long diskSize, ByteBuffer fields) {
    long blockSize = Integer.toUnsignedLong(fields.getInt(0));
    long extra =
        layout.blockExtra < 0
            ? 0
            : Integer.toUnsignedLong(fields.getInt(layout.blockExtra - layout.blockSize));
    long blocks = Integer.toUnsignedLong(fields.getInt(layout.blocks - layout.blockSize));
    long allocated = Integer.toUnsignedLong(fields.getInt(layout.allocated - layout.blockSize));
    if (layout == HeaderLayout.VERSION_0) {
      mapPosition = layout.end;
      dataPosition = mapPosition + Integer.BYTES * blocks;
    }
    long mapEnd = mapPosition + Integer.BYTES * blocks;
    if (blockSize < 512 || Long.bitCount(blockSize) != 1) {
      image.refuse(
          HEADER, layout.blockSize, "blocks have " + blockSize + " bytes, not a power of two");
    } else if (diskSize >= 0 && Math.ceilDiv(diskSize, blockSize) > blocks) {
      image.refuse(
          HEADER,
          layout.blocks,
          "%d blocks of %d bytes are less than the disk of %d bytes"
              .formatted(blocks, blockSize, diskSize));
    }
    if (mapPosition < layout.end || mapEnd > dataPosition) {
      image.refuse(
          HEADER,
          Math.max(layout.mapPosition, layout.blocks),
          "the block map is from %d to %d, and data begins at %d"
              .formatted(mapPosition, mapEnd, dataPosition));
    }
    if (allocated > blocks) {
      image.refuse(
          HEADER, layout.allocated, allocated + " of " + blocks + " blocks are said to be stored");
    }
    image.reaches(mapEnd, "the block map");
    if (allocated > 0) {
      image.reaches(dataPosition + allocated * (blockSize + extra), "the last block");
    }
    need(layout.parent, UUID_LENGTH, this::parent);
  }

  private void parent(ByteBuffer bytes) {
    UUID parent = Uuids.get(bytes, 0);
    if (!parent.equals(Uuids.NONE)) {
      String sentence = "its parent is the image {" + parent + "}";
      if (isDifference) {
        image.warn(PARENT, layout.parent, sentence);
      } else {
        image.refuse(PARENT, layout.parent, sentence);
      }
    }
  }
}
