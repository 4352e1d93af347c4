package io.diskformat.vdi;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Lays out a new image as VirtualBox does: map and data begin at whole MiB. */
final class VdiCreator {
  private static final String TEXT = "<<< diskformat Virtual Disk Image >>>\n";

  /**
   * The length of today's header, in bytes: with the logical geometry, which VirtualBox fills in.
   */
  private static final int HEADER_SIZE = 400;

  private static final int SECTOR = 512;

  private final Storage storage;
  private final VdiOptions options;
  private final long blocks;
  private final long dataPosition;

  /**
   * Creates a creator.
   *
   * @param storage empty
   */
  VdiCreator(Storage storage, VdiOptions options) {
    this.storage = storage;
    this.options = options;
    this.blocks = options.blocks();
    this.dataPosition = options.dataPosition();
  }

  /**
   * Writes the image.
   *
   * @throws IOException if it cannot be written
   */
  void create() throws IOException {
    boolean fixed = options.preallocation() != Preallocation.OFF;
    storage.write(0, MemorySegment.ofBuffer(header(options, fixed, fixed ? blocks : 0)));
    BlockMap.write(
        storage, VdiOptions.MAP_OFFSET, 0, blocks, block -> fixed ? block : BlockMap.FREE);
    storage.resize(dataPosition);
    if (!fixed) {
      return;
    }
    long length = blocks * options.blockSize();
    switch (options.preallocation()) {
      case FALLOC -> storage.reserve(dataPosition, length);
      case FULL -> PaddedCopy.writeZeroes(storage, dataPosition, length);
      default -> storage.resize(dataPosition + length);
    }
  }

  /**
   * Returns the header of an image, without a byte more.
   *
   * @param stored how many blocks are stored
   */
  static ByteBuffer header(VdiOptions options, boolean fixed, long stored) {
    ByteBuffer header = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    header.put(0, TEXT.getBytes(StandardCharsets.US_ASCII));
    header.putInt(HeaderLayout.MARK, VdiHeader.MARK);
    header.putInt(HeaderLayout.VERSION, HeaderLayout.NUMBER_1_1);
    header.putInt(HeaderLayout.HEADER_SIZE, HEADER_SIZE);
    HeaderLayout layout = HeaderLayout.VERSION_1;
    header.putInt(layout.type, type(options, fixed).number);
    header.putInt(layout.mapPosition, (int) VdiOptions.MAP_OFFSET);
    header.putInt(layout.dataPosition, (int) options.dataPosition());
    header.putInt(layout.sectorSize, SECTOR);
    header.putLong(layout.diskSize, options.size());
    header.putInt(layout.blockSize, (int) options.blockSize());
    header.putInt(layout.blocks, (int) options.blocks());
    header.putInt(layout.allocated, (int) stored);
    Uuids.put(header, layout.uuid, options.uuid());
    Uuids.put(header, layout.modification, options.modification());
    Uuids.put(header, layout.parent, options.parent());
    Uuids.put(header, layout.parentModification, options.parentModification());
    return header;
  }

  private static ImageType type(VdiOptions options, boolean fixed) {
    if (fixed) {
      return ImageType.FIXED;
    }
    return options.isDifference() ? ImageType.DIFFERENCING : ImageType.DYNAMIC;
  }
}
