package io.diskformat.vdi;

import io.diskformat.storage.Storage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A VDI image of small blocks, put together by a test, each block of the file being all one byte.
 */
final class HandmadeVdi {
  static final int BLOCK = 64 << 10;
  static final int FREE = -1;
  static final int ZERO = -2;
  static final int NORMAL = 1;
  static final int DIFFERENCE = 4;
  static final int DATA_OFFSET = 4096;

  private static final int MAP = 512;

  private final int[] map;
  private final byte[] blocks;
  private final int lastBlock;
  private int type = NORMAL;
  private final byte[] uuids = new byte[64];

  /**
   * Describes an image.
   *
   * @param map an index for each block of the disk, or {@link #FREE} or {@link #ZERO}
   * @param blocks what each byte of each block of the file is
   * @param lastBlock how much of its last block the disk has, in bytes
   */
  HandmadeVdi(int[] map, byte[] blocks, int lastBlock) {
    this.map = map.clone();
    this.blocks = blocks.clone();
    this.lastBlock = lastBlock;
    uuid(0, 1);
    uuid(1, 2);
  }

  private void uuid(int number, int value) {
    Arrays.fill(uuids, 16 * number, 16 * number + 16, (byte) value);
  }

  /** Makes it a difference image to one of which the UUIDs are all so. */
  HandmadeVdi differenceTo(int create, int modify) {
    type = DIFFERENCE;
    uuid(0, 3);
    uuid(1, 4);
    uuid(2, create);
    uuid(3, modify);
    return this;
  }

  long diskSize() {
    return (long) (map.length - 1) * BLOCK + lastBlock;
  }

  PagedStorage build(String name) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(DATA_OFFSET).order(ByteOrder.LITTLE_ENDIAN);
    header.put(0, "<<< test >>>\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    header.putInt(64, 0xbeda107f);
    header.putInt(68, 0x00010001);
    header.putInt(72, 400);
    header.putInt(76, type);
    header.putInt(340, MAP);
    header.putInt(344, DATA_OFFSET);
    header.putInt(360, 512);
    header.putLong(368, diskSize());
    header.putInt(376, BLOCK);
    header.putInt(384, map.length);
    header.putInt(388, blocks.length);
    header.put(392, uuids);
    for (int i = 0; i < map.length; i++) {
      header.putInt(MAP + 4 * i, map[i]);
    }
    PagedStorage storage = new PagedStorage(name);
    storage.write(0, MemorySegment.ofBuffer(header));
    byte[] block = new byte[BLOCK];
    for (int i = 0; i < blocks.length; i++) {
      Arrays.fill(block, blocks[i]);
      storage.write(DATA_OFFSET + (long) i * BLOCK, MemorySegment.ofArray(block));
    }
    return storage;
  }

  /** Writes what a storage holds to a file. */
  static Path write(Storage storage, Path path) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(storage.size())];
    storage.read(0, MemorySegment.ofArray(bytes));
    return Files.write(path, bytes);
  }
}
