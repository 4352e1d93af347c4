package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * The header of an image, checked as far as the image can be read by it.
 *
 * @param version 0x00010001 for version 1.1, 2 for version 0
 * @param type dynamic, fixed or a difference
 * @param flags bit 0: blocks are to be written with zeroes when they get their place
 * @param mapOffset where the block map begins in the file, in bytes
 * @param dataOffset where the first block begins, the extra data before it included, in bytes
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
    long mapOffset,
    long dataOffset,
    long recordedSize,
    long blockSize,
    long blockExtra,
    long blocks,
    long allocatedBlocks,
    UUID uuid,
    UUID modification,
    UUID parent,
    UUID parentModification) {

  static final int SIGNATURE = 0xbeda107f;
  static final int SIGNATURE_OFFSET = 64;
  static final int VERSION_1_1 = 0x0001_0001;
  static final int VERSION_0 = 2;

  /** What comes before the fields that depend on the version. */
  static final int PREHEADER = 72;

  /** Of version 1.1: the first size of it that there was, and today's. */
  static final int FIRST_HEADER_SIZE = 384;

  static final int HEADER_SIZE = 400;

  private static final int VERSION_0_END = PREHEADER + 348;
  private static final int LONGEST_FIELDS = 512;
  private static final int SMALLEST_BLOCK = 512;
  private static final int SECTOR = 512;
  private static final int KNOWN_FLAGS = 1;
  private static final long MAX_POSITION = 1L << 56;

  /** Returns whether an image bears the format's mark, going by its first bytes. */
  static boolean isMarked(byte[] head) {
    return head.length >= PREHEADER
        && ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(SIGNATURE_OFFSET)
            == SIGNATURE;
  }

  static VdiHeader read(Storage storage) throws IOException {
    VdiHeader header = readToRepair(storage);
    header.checkAllocatedBlocks(storage);
    return header;
  }

  /** Reads a header of which {@link #allocatedBlocks} may make no sense, as a repair sets it. */
  static VdiHeader readToRepair(Storage storage) throws IOException {
    byte[] bytes = new byte[(int) Math.min(LONGEST_FIELDS, storage.size())];
    storage.read(0, MemorySegment.ofArray(bytes));
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (!isMarked(bytes)) {
      throw new DiskFormatException(
          storage.name() + ": not a VDI image: the mark at offset 64 is missing");
    }
    int version = fields.getInt(68);
    VdiHeader header;
    if (version == VERSION_0) {
      header = readVersion0(storage, fields);
    } else if (version >>> 16 == 1) {
      header = readVersion1(storage, fields, version);
    } else {
      throw new UnsupportedFeatureException(
          storage.name(), "VDI version " + (version >>> 16) + "." + (version & 0xffff));
    }
    header.check(storage);
    return header;
  }

  private static VdiHeader readVersion0(Storage storage, ByteBuffer fields) throws IOException {
    requireLength(storage, fields, VERSION_0_END);
    requireSectors(storage, fields.getInt(348));
    long blocks = Integer.toUnsignedLong(fields.getInt(364));
    return new VdiHeader(
        VERSION_0,
        type(storage, fields.getInt(72)),
        fields.getInt(76),
        VERSION_0_END,
        VERSION_0_END + 4 * blocks,
        fields.getLong(352),
        Integer.toUnsignedLong(fields.getInt(360)),
        0,
        blocks,
        Integer.toUnsignedLong(fields.getInt(368)),
        Uuids.get(fields, 372),
        Uuids.get(fields, 388),
        Uuids.get(fields, 404),
        Uuids.NONE);
  }

  private static VdiHeader readVersion1(Storage storage, ByteBuffer fields, int version)
      throws IOException {
    requireLength(storage, fields, PREHEADER + FIRST_HEADER_SIZE);
    long size = Integer.toUnsignedLong(fields.getInt(72));
    long mapOffset = Integer.toUnsignedLong(fields.getInt(340));
    if (size < FIRST_HEADER_SIZE || PREHEADER + size > mapOffset) {
      throw corrupt(
          storage,
          "has "
              + size
              + " bytes, expected "
              + FIRST_HEADER_SIZE
              + " at least and its end before the block map at "
              + mapOffset);
    }
    requireSectors(storage, fields.getInt(360));
    return new VdiHeader(
        version,
        type(storage, fields.getInt(76)),
        fields.getInt(80),
        mapOffset,
        Integer.toUnsignedLong(fields.getInt(344)),
        fields.getLong(368),
        Integer.toUnsignedLong(fields.getInt(376)),
        Integer.toUnsignedLong(fields.getInt(380)),
        Integer.toUnsignedLong(fields.getInt(384)),
        Integer.toUnsignedLong(fields.getInt(388)),
        Uuids.get(fields, 392),
        Uuids.get(fields, 408),
        Uuids.get(fields, 424),
        Uuids.get(fields, 440));
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
    if (recordedSize < 0
        || recordedSize / blockSize + (recordedSize % blockSize == 0 ? 0 : 1) > blocks) {
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
    if (mapEnd() > dataOffset) {
      throw corrupt(
          storage,
          "says that data begins at "
              + dataOffset
              + ", within the block map that ends at "
              + mapEnd());
    }
    if (mapEnd() > storage.size()) {
      throw new CorruptImageException(
          storage.name(),
          "block map",
          mapOffset,
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
    if (allocatedBlocks > (MAX_POSITION - dataOffset) / stride()) {
      throw corrupt(storage, "says " + allocatedBlocks + " blocks of " + stride() + " bytes");
    }
  }

  private static CorruptImageException corrupt(Storage storage, String problem) {
    return new CorruptImageException(storage.name(), "header", PREHEADER, problem);
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

  /** Returns how many blocks a disk of so many bytes has. */
  long blocksFor(long bytes) {
    return (bytes + blockSize - 1) / blockSize;
  }

  /** Returns whether what has no place in this image is to be looked for in another. */
  boolean isDifference() {
    return type == ImageType.DIFFERENCING || type == ImageType.UNDO;
  }

  /** Returns whether there is an image that this one is a difference to. */
  boolean hasParent() {
    return !parent.equals(Uuids.NONE);
  }

  long mapEnd() {
    return mapOffset + Integer.BYTES * blocks;
  }

  /** Returns how far apart blocks are in the file, in bytes. */
  long stride() {
    return blockSize + blockExtra;
  }
}
