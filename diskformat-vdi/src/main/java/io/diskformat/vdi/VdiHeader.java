package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.ParentIdentity;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * The header of an image, checked as far as reading the image needs it. {@link HeaderLayout} draws
 * where each field is in the file.
 *
 * @param version 0x00010001 for version 1.1, 2 for version 0
 * @param type dynamic, fixed or a difference
 * @param flags bit 0: zeroes are to be written to blocks when they get their place
 * @param mapPosition where the block map begins in the file, in bytes
 * @param dataPosition where the first block begins, the extra data before it included, in bytes
 * @param recordedSize the size of the disk in bytes, as recorded
 * @param blockSize in bytes, a power of two
 * @param blockExtra how many bytes of something else come before each block
 * @param blocks how many entries the block map has
 * @param allocatedBlocks how many blocks have a place, which are all those before that number
 * @param uuid of this image
 * @param modification changes with the first write after the image was opened
 * @param parent the {@link #uuid} of the image that this is a difference to
 * @param parentModification the {@link #modification} that image had when this one was made
 */
record VdiHeader(
    int version,
    ImageType type,
    int flags,
    long mapPosition,
    long dataPosition,
    long recordedSize,
    long blockSize,
    long blockExtra,
    long blocks,
    long allocatedBlocks,
    UUID uuid,
    UUID modification,
    UUID parent,
    UUID parentModification) {

  static final int MARK = 0xbeda107f;

  /** The length of the first headers of version 1.1, the shortest, in bytes. */
  private static final int FIRST_HEADER_SIZE = 384;

  /** The length of the sector that holds all fields, in bytes. */
  private static final int LONGEST_FIELDS = 512;

  private static final int SMALLEST_BLOCK = 512;
  private static final int SECTOR = 512;
  static final int KNOWN_FLAGS = 1;

  /** The position beyond which no block may end, so that none overflows. */
  private static final long MAX_POSITION = 1L << 56;

  /**
   * The largest block that a writer changes, with the extra data before it, in bytes: it may copy a
   * whole one.
   */
  private static final long LARGEST_WRITTEN_BLOCK = 64 << 20;

  /** Returns whether an image bears the format's mark, going by its first bytes. */
  static boolean isMarked(ByteBuffer head) {
    return head.limit() >= HeaderLayout.MARK + Integer.BYTES
        && head.order(ByteOrder.LITTLE_ENDIAN).getInt(HeaderLayout.MARK) == MARK;
  }

  static VdiHeader read(Storage storage) throws IOException {
    VdiHeader header = readToRepair(storage);
    header.checkAllocatedBlocks(storage);
    return header;
  }

  /**
   * Reads a header whose {@link #allocatedBlocks} may make no sense, since a repair corrects it.
   */
  static VdiHeader readToRepair(Storage storage) throws IOException {
    ByteBuffer fields =
        storage
            .read(0, (int) Math.min(LONGEST_FIELDS, storage.size()))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (!isMarked(fields)) {
      throw new DiskFormatException(
          storage.name() + ": not a VDI image: the mark at offset 64 is missing");
    }
    requireLength(storage, fields, HeaderLayout.PREHEADER_END);
    int version = fields.getInt(HeaderLayout.VERSION);
    HeaderLayout layout = HeaderLayout.of(version);
    if (layout == null) {
      throw new UnsupportedFeatureException(
          storage.name(), "VDI version " + (version >>> 16) + "." + (version & 0xffff));
    }
    requireLength(storage, fields, layout.end);
    VdiHeader header = read(storage, fields, version, layout);
    header.check(storage);
    return header;
  }

  private static VdiHeader read(
      Storage storage, ByteBuffer fields, int version, HeaderLayout layout) throws IOException {
    boolean isFirst = layout == HeaderLayout.VERSION_0;
    long blocks = number(fields, layout.blocks);
    long mapPosition = isFirst ? layout.end : number(fields, layout.mapPosition);
    if (!isFirst) {
      requireRoom(storage, number(fields, HeaderLayout.HEADER_SIZE), mapPosition);
    }
    requireSectors(storage, fields.getInt(layout.sectorSize));
    return new VdiHeader(
        version,
        type(storage, fields.getInt(layout.type)),
        fields.getInt(layout.flags),
        mapPosition,
        isFirst ? mapPosition + Integer.BYTES * blocks : number(fields, layout.dataPosition),
        fields.getLong(layout.diskSize),
        number(fields, layout.blockSize),
        isFirst ? 0 : number(fields, layout.blockExtra),
        blocks,
        number(fields, layout.allocated),
        Uuids.get(fields, layout.uuid),
        Uuids.get(fields, layout.modification),
        Uuids.get(fields, layout.parent),
        isFirst ? Uuids.NONE : Uuids.get(fields, layout.parentModification));
  }

  private static long number(ByteBuffer fields, int position) {
    return Integer.toUnsignedLong(fields.getInt(position));
  }

  private static void requireRoom(Storage storage, long size, long mapPosition)
      throws CorruptImageException {
    if (size < FIRST_HEADER_SIZE || HeaderLayout.PREHEADER_END + size > mapPosition) {
      throw corrupt(
          storage,
          "has "
              + size
              + " bytes, expected "
              + FIRST_HEADER_SIZE
              + " at least and its end before the block map at "
              + mapPosition);
    }
  }

  private static void requireLength(Storage storage, ByteBuffer fields, int length)
      throws CorruptImageException {
    if (fields.capacity() < length) {
      throw corrupt(storage, "needs " + length + " bytes, but the file has " + fields.capacity());
    }
  }

  private static void requireSectors(Storage storage, int bytes) throws CorruptImageException {
    if (bytes != SECTOR && bytes != 0) {
      throw corrupt(
          storage, "says that sectors have " + Integer.toUnsignedLong(bytes) + " bytes, not 512");
    }
  }

  private static ImageType type(Storage storage, int number) throws CorruptImageException {
    ImageType type = ImageType.of(number);
    if (type == null) {
      throw corrupt(storage, "says image type " + Integer.toUnsignedLong(number) + ", not 1 to 4");
    }
    return type;
  }

  private void check(Storage storage) throws IOException {
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw new UnsupportedFeatureException(
          storage.name(), "VDI flags 0x" + Integer.toHexString(flags & ~KNOWN_FLAGS));
    }
    if (blockSize < SMALLEST_BLOCK || Long.bitCount(blockSize) != 1) {
      throw corrupt(
          storage,
          "says blocks of " + blockSize + " bytes, expected a power of two from " + SMALLEST_BLOCK);
    }
    if (recordedSize < 0 || blocksFor(recordedSize) > blocks) {
      throw corrupt(
          storage,
          "says a disk of "
              + Long.toUnsignedString(recordedSize)
              + " bytes, more than "
              + blocks
              + " blocks of "
              + blockSize
              + " bytes");
    }
    if (mapEnd() > dataPosition) {
      throw corrupt(
          storage,
          "says that data begins at "
              + dataPosition
              + ", within the block map that ends at "
              + mapEnd());
    }
    if (mapEnd() > storage.size()) {
      throw new CorruptImageException(
          storage.name(),
          "block map",
          mapPosition,
          "ends at "
              + mapEnd()
              + ", beyond the end of the file, which has "
              + storage.size()
              + " bytes: was it cut short?");
    }
    if (isDifference() && type != ImageType.UNDO && parent.equals(Uuids.NONE)) {
      throw corrupt(storage, "says a differencing image, but not of which image");
    }
    if (!isDifference() && !parent.equals(Uuids.NONE)) {
      throw corrupt(
          storage,
          "says a " + type.description + " image, but names {" + parent + "} as its parent");
    }
  }

  private void checkAllocatedBlocks(Storage storage) throws CorruptImageException {
    if (allocatedBlocks > blocks) {
      throw corrupt(
          storage, "says that " + allocatedBlocks + " of " + blocks + " blocks are stored");
    }
    if (allocatedBlocks > (MAX_POSITION - dataPosition) / stride()) {
      throw corrupt(storage, "says " + allocatedBlocks + " blocks of " + stride() + " bytes");
    }
  }

  /**
   * Requires that a writer can change the image.
   *
   * @throws UnsupportedFeatureException if not
   */
  void requireWritable(Storage storage) throws UnsupportedFeatureException {
    if (stride() > LARGEST_WRITTEN_BLOCK) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image with blocks of " + stride() + " bytes");
    }
    if (mapPosition % Integer.BYTES != 0) {
      // An entry might be in two sectors, one of which could become durable without the other.
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image whose block map begins at " + mapPosition);
    }
  }

  private static CorruptImageException corrupt(Storage storage, String problem) {
    return new CorruptImageException(storage.name(), "header", HeaderLayout.PREHEADER_END, problem);
  }

  /** Returns where the fields of this header are in the file. */
  HeaderLayout layout() {
    return version == HeaderLayout.NUMBER_0 ? HeaderLayout.VERSION_0 : HeaderLayout.VERSION_1;
  }

  /** Returns the size of the disk in bytes: whole sectors, as VirtualBox takes it. */
  long size() {
    return recordedSize & -SECTOR;
  }

  /** Returns a header of the same image with its blocks elsewhere. */
  VdiHeader with(long map, long data, long size, long blockCount, long allocated) {
    return new VdiHeader(
        version,
        type,
        flags,
        map,
        data,
        size,
        blockSize,
        blockExtra,
        blockCount,
        allocated,
        uuid,
        modification,
        parent,
        parentModification);
  }

  /** Returns how many blocks a disk of {@code bytes} bytes has. */
  long blocksFor(long bytes) {
    return Math.ceilDiv(bytes, blockSize);
  }

  /** Returns whether what has no place in this image is to be looked for in another. */
  boolean isDifference() {
    return type == ImageType.DIFFERENCING || type == ImageType.UNDO;
  }

  /** Returns whether there is an image that this one is a difference to. */
  boolean hasParent() {
    return !parent.equals(Uuids.NONE);
  }

  /** Returns the identity of that image, if there is one. */
  Optional<ParentIdentity> recordedParent() {
    Optional<UUID> recorded =
        Optional.of(parentModification).filter(other -> !other.equals(Uuids.NONE));
    return hasParent()
        ? Optional.of(new ParentIdentity("vdi", parent, recorded, uuid))
        : Optional.empty();
  }

  long mapEnd() {
    return mapPosition + Integer.BYTES * blocks;
  }

  /** Returns how far apart blocks are in the file, in bytes. */
  long stride() {
    return blockSize + blockExtra;
  }
}
