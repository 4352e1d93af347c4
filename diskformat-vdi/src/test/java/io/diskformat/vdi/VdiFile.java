package io.diskformat.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Writes VDI images of every variant, by a reading of the format that is independent of the code
 * that is tested. What a reader is to ignore is filled with garbage. A new one is a dynamic image
 * as VirtualBox makes it: version 1.1, header of 400 bytes, blocks of 1 MiB, all aligned to that.
 */
final class VdiFile {
  static final int DYNAMIC = 1;
  static final int FIXED = 2;
  static final int UNDO = 3;
  static final int DIFFERENCING = 4;

  static final int VERSION_0 = 0x0000_0002;
  static final int VERSION_1_0 = 0x0001_0000;
  static final int VERSION_1_1 = 0x0001_0001;

  static final int FREE = -1;
  static final int ZERO = -2;

  static final UUID NONE = new UUID(0, 0);

  private static final int SIGNATURE = 0xbeda107f;

  /** Where the map is in the oldest version, right after the header. */
  private static final int MAP_OF_VERSION_0 = 420;

  /** How a block is stored. */
  enum Block {
    FREE,
    ZERO,
    DATA
  }

  int version = VERSION_1_1;
  int headerSize = 400;
  int type = DYNAMIC;
  int flags;
  int blockSize = 1 << 20;
  int blockExtra;
  int geometrySector = 512;

  /** Where the map and the first block begin; negative for alignment to that number of bytes. */
  int mapAt = -(1 << 20);

  int dataAt = -(1 << 20);
  UUID create = new UUID(0x1111_2222_3333_4444L, 0x9555_6666_7777_8888L);
  UUID modify = new UUID(0xaaaa_bbbb_cccc_4dddL, 0x8eee_ffff_0000_1111L);
  UUID linkage = NONE;
  UUID parentModify = NONE;
  String banner = "<<< Oracle VM VirtualBox Disk Image >>>\n";
  boolean shuffled;

  /** Whether the file ends where the last stored block has no more bytes of the disk. */
  boolean cut;

  /** What the disk holds, where it is stored. */
  private final byte[] content;

  private final Block[] blocks;
  private final Random random;

  /**
   * Creates an image of a disk.
   *
   * @param content what the disk holds; of it only blocks that are {@link Block#DATA} are stored
   * @param blockSize in bytes
   * @param random for garbage, and the order of blocks where it is shuffled
   */
  VdiFile(byte[] content, int blockSize, Random random) {
    this.content = content;
    this.blockSize = blockSize;
    this.random = random;
    this.blocks = new Block[(content.length + blockSize - 1) / blockSize];
    Arrays.fill(blocks, Block.DATA);
  }

  /**
   * Creates an image of a disk that is all zeroes, none of which is stored.
   *
   * @param blocks their size in bytes, and how many bytes precede each: {@code 4096+512}
   */
  static VdiFile empty(int size, String blocks) {
    String[] numbers = blocks.split("\\+");
    VdiFile file = new VdiFile(new byte[size], Integer.parseInt(numbers[0]), new Random(1));
    file.blockExtra = Integer.parseInt(numbers[1]);
    file.mapAt = -4096;
    file.dataAt = -4096;
    Arrays.fill(file.blocks, Block.FREE);
    return file;
  }

  int blocks() {
    return blocks.length;
  }

  void set(int block, Block how) {
    blocks[block] = how;
  }

  /** Makes the oldest kind of image, in which nothing can be placed. */
  VdiFile version0() {
    version = VERSION_0;
    mapAt = MAP_OF_VERSION_0;
    dataAt = -1;
    blockExtra = 0;
    return this;
  }

  /** Makes this a difference to an image. */
  VdiFile over(VdiFile parent) {
    type = DIFFERENCING;
    linkage = parent.create;
    parentModify = version == VERSION_0 ? NONE : parent.modify;
    return this;
  }

  /**
   * Returns what a guest sees if free blocks show {@code below}, or zeroes where that has ended.
   */
  byte[] disk(byte[] below) {
    byte[] disk = content.clone();
    for (int block = 0; block < blocks.length; block++) {
      int at = block * blockSize;
      int end = Math.min(at + blockSize, disk.length);
      if (blocks[block] != Block.DATA) {
        Arrays.fill(disk, at, end, (byte) 0);
      }
      if (blocks[block] == Block.FREE && at < below.length) {
        System.arraycopy(below, at, disk, at, Math.min(end, below.length) - at);
      }
    }
    return disk;
  }

  /** Returns where the map begins. */
  int mapPosition() {
    return mapAt >= 0 ? mapAt : align(72 + headerSize, -mapAt);
  }

  /** Returns where the first block begins, what precedes its data included. */
  int dataPosition() {
    int end = mapPosition() + 4 * blocks.length;
    return dataAt >= 0 ? dataAt : align(end, -dataAt);
  }

  private static int align(int position, int to) {
    return (position + to - 1) / to * to;
  }

  Path write(Path file) throws IOException {
    List<Integer> stored = new ArrayList<>();
    for (int i = 0; i < blocks.length; i++) {
      if (blocks[i] == Block.DATA) {
        stored.add(i);
      }
    }
    if (shuffled) {
      Collections.shuffle(stored, random);
    }
    ByteBuffer head = garbage(dataPosition());
    header(head, stored.size());
    int map = mapPosition();
    for (int i = 0; i < blocks.length; i++) {
      int entry =
          switch (blocks[i]) {
            case FREE -> FREE;
            case ZERO -> ZERO;
            case DATA -> stored.indexOf(i);
          };
      head.putInt(map + 4 * i, entry);
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(head, 0);
      long at = head.capacity();
      for (int i = 0; i < stored.size(); i++) {
        ByteBuffer whole = garbage(blockExtra + blockSize);
        int from = stored.get(i) * blockSize;
        int length = Math.min(blockSize, content.length - from);
        whole.put(blockExtra, content, from, length);
        if (cut && i == stored.size() - 1) {
          whole.limit(blockExtra + length);
        }
        channel.write(whole, at);
        at += blockExtra + blockSize;
      }
    }
    return file;
  }

  private ByteBuffer garbage(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void header(ByteBuffer to, int allocated) {
    byte[] text = Arrays.copyOf(banner.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 64);
    to.put(0, text);
    to.putInt(64, SIGNATURE);
    to.putInt(68, version);
    if (version == VERSION_0) {
      to.putInt(72, type);
      to.putInt(76, flags);
      comment(to, 80);
      to.putInt(348, geometrySector);
      to.putLong(352, content.length);
      to.putInt(360, blockSize);
      to.putInt(364, blocks.length);
      to.putInt(368, allocated);
      put(to, 372, create);
      put(to, 388, modify);
      put(to, 404, linkage);
      return;
    }
    to.putInt(72, headerSize);
    to.putInt(76, type);
    to.putInt(80, flags);
    comment(to, 84);
    to.putInt(340, mapPosition());
    to.putInt(344, dataPosition());
    to.putInt(360, geometrySector);
    to.putLong(368, content.length);
    to.putInt(376, blockSize);
    to.putInt(380, blockExtra);
    to.putInt(384, blocks.length);
    to.putInt(388, allocated);
    put(to, 392, create);
    put(to, 408, modify);
    put(to, 424, linkage);
    put(to, 440, parentModify);
    if (headerSize >= 400) {
      to.putInt(468, geometrySector);
    }
  }

  private static void comment(ByteBuffer to, int at) {
    to.put(
        at,
        Arrays.copyOf("made by a test".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 256));
  }

  /** In the order of Microsoft's: the first three parts are little-endian numbers. */
  private static void put(ByteBuffer to, int at, UUID uuid) {
    long high = uuid.getMostSignificantBits();
    to.putInt(at, (int) (high >>> 32));
    to.putShort(at + 4, (short) (high >>> 16));
    to.putShort(at + 6, (short) high);
    to.duplicate().order(ByteOrder.BIG_ENDIAN).putLong(at + 8, uuid.getLeastSignificantBits());
  }
}
