package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.FormatOption;
import io.diskformat.ImageIdentity;
import io.diskformat.ImageInfo;
import io.diskformat.Measurement;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.MeasureRequest;
import io.diskformat.spi.Uuids;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The options of a new image, checked.
 *
 * @param size of the disk, in bytes
 * @param preallocation how much of it gets its place at once; anything but {@code OFF} makes the
 *     image a fixed one
 * @param blockSize in bytes, a power of two
 * @param uuid of the image
 * @param modification the modification UUID, which changes with each first write
 * @param parent the UUID of the image that this is a difference to, or {@link Uuids#NONE}
 * @param parentModification that image's modification UUID, or {@link Uuids#NONE}
 */
record VdiOptions(
    long size,
    Preallocation preallocation,
    long blockSize,
    UUID uuid,
    UUID modification,
    UUID parent,
    UUID parentModification) {

  private static final long MIB = 1 << 20;

  /** The position of the block map, in bytes. */
  static final long MAP_OFFSET = MIB;

  private static final long SMALLEST_BLOCK = 4096;
  private static final long LARGEST_BLOCK = 64 * MIB;

  /** The last position of the first block, in bytes: the header has 32 bits for it. */
  private static final long LARGEST_OFFSET = 0xffff_ffffL;

  private static final String VDI = "vdi";

  private static final FormatOption BLOCK_SIZE =
      FormatOption.size(
          "block_size", "What is allocated at once", MIB, SMALLEST_BLOCK, LARGEST_BLOCK);
  private static final FormatOption MODIFICATION_UUID =
      FormatOption.uuid("modification_uuid", "What the first write replaces; random");
  private static final FormatOption PARENT_MODIFICATION_UUID =
      FormatOption.uuid("parent_modification_uuid", "The parent's modification_uuid");
  private static final FormatOption PARENT_UUID =
      FormatOption.uuid("parent_uuid", "The uuid of the image that the new one is a difference to");
  private static final FormatOption PREALLOCATION =
      CommonOptions.preallocation(Preallocation.METADATA, Preallocation.FALLOC, Preallocation.FULL);
  private static final FormatOption STATIC =
      FormatOption.flag("static", "The whole disk gets its place, as by preallocation=metadata");
  private static final FormatOption UUID_OPTION =
      FormatOption.uuid("uuid", "What the image is known by; random");

  /** All options, in alphabetical order. */
  static final List<FormatOption> DECLARED =
      List.of(
          CommonOptions.BACKING_FILE,
          CommonOptions.backingFormat(VDI),
          BLOCK_SIZE,
          MODIFICATION_UUID,
          PARENT_MODIFICATION_UUID,
          PARENT_UUID,
          PREALLOCATION,
          STATIC,
          UUID_OPTION);

  /**
   * Checks options.
   *
   * @throws IllegalArgumentException if a value makes no sense, or contradicts another
   * @throws IOException if a parent that is named cannot be read
   */
  static VdiOptions of(CreateRequest request) throws IOException {
    VdiOptions checked = unchecked(request.options());
    Optional<String> parentFile = CommonOptions.BACKING_FILE.textIn(request.options());
    if (parentFile.isPresent()) {
      checked = checked.over(parent(request, parentFile.get()));
    }
    checked.check(request.name());
    return checked;
  }

  /**
   * Checks the options of an image that is written in one pass.
   *
   * @throws IllegalArgumentException if a value makes no sense, or contradicts another
   * @throws UnsupportedFeatureException if the image is to be a difference to another
   */
  static VdiOptions ofStream(String name, CreateOptions options)
      throws UnsupportedFeatureException {
    VdiOptions checked = unchecked(options);
    if (checked.isDifference() || CommonOptions.BACKING_FILE.textIn(options).isPresent()) {
      throw new UnsupportedFeatureException(
          name, "writing a vdi image in one pass, to a stream, that is a difference to another");
    }
    checked.check(name);
    return checked;
  }

  private static VdiOptions unchecked(CreateOptions options) {
    Preallocation preallocation = PREALLOCATION.in(options, Preallocation.class);
    boolean isFixed = STATIC.isOnIn(options) && preallocation == Preallocation.OFF;
    return new VdiOptions(
        options.size(),
        isFixed ? Preallocation.METADATA : preallocation,
        BLOCK_SIZE.bytesIn(options),
        UUID_OPTION.uuidIn(options).orElseGet(UUID::randomUUID),
        MODIFICATION_UUID.uuidIn(options).orElseGet(UUID::randomUUID),
        PARENT_UUID.uuidIn(options).orElse(Uuids.NONE),
        PARENT_MODIFICATION_UUID.uuidIn(options).orElse(Uuids.NONE));
  }

  /**
   * Returns how large the file of an image would be. Of a difference to another image, whose data
   * is not compared with the disk's, it is taken to hold all of the disk.
   */
  static Measurement measure(MeasureRequest request) throws IOException {
    CreateOptions options = request.options();
    VdiOptions measured = unchecked(options.size(request.size()));
    measured.check(request.name());
    boolean isFixed = measured.preallocation != Preallocation.OFF;
    boolean isDifference =
        measured.isDifference() || CommonOptions.BACKING_FILE.textIn(options).isPresent();
    long data = measured.blocks() * measured.blockSize;
    return Measurement.of(
        measured.dataPosition()
            + (isFixed || isDifference ? data : request.dataIn(measured.blockSize)),
        measured.dataPosition() + data);
  }

  private void check(String file) {
    if (uuid.equals(Uuids.NONE) || modification.equals(Uuids.NONE)) {
      throw new IllegalArgumentException(
          file + ": options uuid and modification_uuid must not be all zeroes");
    }
    if (isDifference() && preallocation != Preallocation.OFF) {
      throw new IllegalArgumentException(
          file + ": a differencing vdi image cannot be preallocated");
    }
    if (dataPosition() > LARGEST_OFFSET) {
      throw new IllegalArgumentException(
          file
              + ": a disk of "
              + size
              + " bytes is too large for blocks of "
              + blockSize
              + " bytes");
    }
  }

  /** Returns where the first block begins. */
  long dataPosition() {
    return (MAP_OFFSET + Integer.BYTES * blocks() + MIB - 1) & -MIB;
  }

  boolean isDifference() {
    return !parent.equals(Uuids.NONE);
  }

  long blocks() {
    return Math.ceilDiv(size, blockSize);
  }

  // A parent that is named

  private static ImageInfo parent(CreateRequest request, String file) throws IOException {
    if (PARENT_UUID.uuidIn(request.options()).isPresent()) {
      throw new IllegalArgumentException(
          request.name() + ": option backing_file already says what parent_uuid is");
    }
    return request.describeParent(file, VDI);
  }

  /** Returns these options for a difference to an image, whose size is the default. */
  private VdiOptions over(ImageInfo parentInfo) {
    ImageIdentity identity = parentInfo.identity().orElseThrow();
    return new VdiOptions(
        size == 0 ? parentInfo.virtualSize() : size,
        preallocation,
        blockSize,
        uuid,
        modification,
        identity.uuid(),
        identity.modification());
  }
}
