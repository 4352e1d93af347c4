package io.diskformat.vdi;

import io.diskformat.storage.Storage;
import io.diskformat.vdi.VdiOptions.Preallocation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Lays out a new image as VirtualBox does: map and data begin at whole MiB. */
final class VdiCreator {
  private static final String TEXT = "<<< diskformat Virtual Disk Image >>>\n";
  private static final long ALIGNMENT = 1 << 20;
  private static final int SECTOR = 512;
  private static final int CHUNK = 1 << 20;

  private final Storage storage;
  private final VdiOptions options;
  private final long blocks;
  private final long dataOffset;

  /**
   * Creates a creator.
   *
   * @param storage empty
   * @throws IllegalArgumentException if the disk has so many blocks that their map is too long
   */
  VdiCreator(Storage storage, VdiOptions options) {
    this.storage = storage;
    this.options = options;
    this.blocks = options.blocks();
    this.dataOffset = (ALIGNMENT + Integer.BYTES * blocks + ALIGNMENT - 1) & -ALIGNMENT;
    if (dataOffset > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "a disk of "
              + options.size()
              + " bytes is too large for blocks of "
              + options.blockSize()
              + " bytes");
    }
  }

  /**
   * Writes the image.
   *
   * @throws IOException if it cannot be written
   */
  void create() throws IOException {
    boolean fixed = options.preallocation() != Preallocation.OFF;
    storage.write(0, MemorySegment.ofBuffer(header(fixed)));
    writeMap(fixed);
    storage.resize(dataOffset);
    if (!fixed) {
      return;
    }
    long length = blocks * options.blockSize();
    switch (options.preallocation()) {
      case FALLOC -> storage.reserve(dataOffset, length);
      case FULL -> writeZeroes(length);
      default -> storage.resize(dataOffset + length);
    }
  }

  private ByteBuffer header(boolean fixed) {
    ByteBuffer header = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    header.put(0, TEXT.getBytes(StandardCharsets.US_ASCII));
    header.putInt(VdiHeader.SIGNATURE_OFFSET, VdiHeader.SIGNATURE);
    header.putInt(68, VdiHeader.VERSION_1_1);
    header.putInt(72, VdiHeader.HEADER_SIZE);
    ImageType type =
        fixed
            ? ImageType.FIXED
            : options.isDifference() ? ImageType.DIFFERENCING : ImageType.DYNAMIC;
    header.putInt(76, type.number);
    header.putInt(340, (int) ALIGNMENT);
    header.putInt(344, (int) dataOffset);
    header.putInt(360, SECTOR);
    header.putLong(368, options.size());
    header.putInt(376, (int) options.blockSize());
    header.putInt(384, (int) blocks);
    header.putInt(388, fixed ? (int) blocks : 0);
    Uuids.put(header, 392, options.uuid());
    Uuids.put(header, 408, options.modification());
    Uuids.put(header, 424, options.parent());
    Uuids.put(header, 440, options.parentModification());
    return header;
  }

  private void writeMap(boolean fixed) throws IOException {
    int perChunk = CHUNK / Integer.BYTES;
    for (long first = 0; first < blocks; first += perChunk) {
      int count = (int) Math.min(perChunk, blocks - first);
      ByteBuffer entries = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        entries.putInt(4 * i, (int) (fixed ? first + i : BlockMap.FREE));
      }
      storage.write(ALIGNMENT + 4 * first, MemorySegment.ofBuffer(entries));
    }
  }

  private void writeZeroes(long length) throws IOException {
    MemorySegment zeroes = MemorySegment.ofArray(new byte[CHUNK]);
    for (long done = 0; done < length; done += CHUNK) {
      storage.write(dataOffset + done, zeroes.asSlice(0, Math.min(CHUNK, length - done)));
    }
  }
}
