package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * A disc of UDF that is put together by hand, block by block. Blocks of the one partition are
 * counted from {@link #START}.
 */
final class HandmadeUdf {
  static final int BLOCK = 2048;
  static final int START = 270;
  static final int DIRECTORY = 4;
  static final int FILE = 5;
  static final int LINK = 12;
  static final int TABLE = 248;
  private static final int SEQUENCE = 32;
  private final byte[] bytes;
  private final int blocks;
  private ByteBuffer logicalVolume;
  private int mapsLength;
  private int maps;

  HandmadeUdf(int blocks) {
    this.blocks = blocks;
    bytes = new byte[blocks * BLOCK];
    text(16, 1, "BEA01");
    text(17, 1, "NSR03");
    text(18, 1, "TEA01");
    ByteBuffer anchor = block(256);
    anchor.putInt(16, 4 * BLOCK).putInt(20, SEQUENCE);
    tag(256, 2, 256);
    ByteBuffer partition = block(SEQUENCE);
    partition.putShort(22, (short) 0).putInt(188, START).putInt(192, blocks - START);
    tag(SEQUENCE, 5, SEQUENCE);
    logicalVolume = block(SEQUENCE + 1);
    logicalVolume.put(84, new byte[] {8, 'l', 'a', 'b', 'e', 'l'}).put(84 + 127, (byte) 6);
    logicalVolume.putInt(212, BLOCK).putShort(240, (short) 0x260);
    tag(SEQUENCE + 2, 8, SEQUENCE + 2);
  }

  byte[] bytes() {
    return bytes;
  }

  ByteBuffer block(int block) {
    return ByteBuffer.wrap(bytes, block * BLOCK, BLOCK).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  ByteBuffer inPartition(int block) {
    return block(START + block);
  }

  private void text(int block, int at, String text) {
    block(block).put(at, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Says where the file set is. */
  HandmadeUdf fileSet(int block, int partition) {
    logicalVolume.putInt(248, BLOCK).putInt(252, block).putShort(256, (short) partition);
    tag(SEQUENCE + 1, 6, SEQUENCE + 1);
    return this;
  }

  /** Adds the map of the partition as it is. */
  HandmadeUdf plainMap() {
    return map(new byte[] {1, 6, 1, 0, 0, 0});
  }

  /** Adds a map of another kind, with what follows its first 40 bytes. */
  HandmadeUdf map(String kind, int... numbers) {
    ByteBuffer map = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    map.put(0, (byte) 2).put(1, (byte) 64).put(5, ("*UDF " + kind + " Partition").getBytes());
    map.putShort(36, (short) 1);
    for (int i = 0; i < numbers.length; i++) {
      map.putInt(40 + 4 * i, numbers[i]);
    }
    return map(map.array());
  }

  private HandmadeUdf map(byte[] map) {
    logicalVolume.put(440 + mapsLength, map);
    mapsLength += map.length;
    maps++;
    logicalVolume.putInt(264, mapsLength).putInt(268, maps);
    tag(SEQUENCE + 1, 6, SEQUENCE + 1);
    return this;
  }

  /** Writes the tag of a descriptor, by its place on the disc. */
  void tag(int block, int what, int location) {
    tag(block(block), what, location);
  }

  static void tag(ByteBuffer descriptor, int what, int location) {
    descriptor.putShort(0, (short) what).putShort(2, (short) 3).putInt(12, location);
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += i == 4 ? 0 : descriptor.get(i);
    }
    descriptor.put(4, (byte) sum);
  }

  /** Writes a file set, wherever that is. */
  void set(ByteBuffer block, int location, int root, int partition) {
    block.putInt(400, BLOCK).putInt(404, root).putShort(408, (short) partition);
    tag(block, 256, location);
  }

  /** Writes a file entry, wherever that is. Addresses are short; none embeds the content. */
  static void entry(
      ByteBuffer block, int location, int type, long size, byte[] content, int... addresses) {
    boolean embedded = addresses.length == 0;
    block.putShort(20, (short) 4).put(27, (byte) type).putShort(34, (short) (embedded ? 3 : 0));
    block.putInt(44, 0x7fff & ~(2 << 5 | 2)).putShort(48, (short) 1).putLong(56, size);
    ByteBuffer tail = block.slice(176, BLOCK - 176).order(ByteOrder.LITTLE_ENDIAN);
    if (embedded) {
      tail.put(0, content);
    }
    for (int i = 0; i < addresses.length; i++) {
      tail.putInt(4 * i, addresses[i]);
    }
    block.putInt(172, embedded ? content.length : 4 * addresses.length);
    block.putShort(84, (short) 0x1000).putShort(86, (short) 2001);
    block.put(88, new byte[] {2, 3, 4, 5, 6, 7});
    tag(block, 261, location);
  }

  /** Returns a name in a directory. */
  static byte[] name(String name, int flags, int block, int partition) {
    byte[] text =
        name.isEmpty()
            ? new byte[0]
            : HandmadeIso.joined(new byte[] {16}, name.getBytes(StandardCharsets.UTF_16BE));
    ByteBuffer identifier =
        ByteBuffer.allocate((38 + text.length + 3) & -4).order(ByteOrder.LITTLE_ENDIAN);
    identifier.put(18, (byte) flags).put(19, (byte) text.length);
    identifier.putInt(20, BLOCK).putInt(24, block).putShort(28, (short) partition);
    identifier.put(38, text);
    tag(identifier, 257, 0);
    return identifier.array();
  }

  /** Writes a directory whose names are in its entry. */
  static void directory(ByteBuffer block, int location, byte[]... names) {
    byte[] all = HandmadeIso.joined(names);
    entry(block, location, DIRECTORY, all.length, all);
  }

  BlockDevice device() throws IOException {
    return DiskImages.open(
        MemoryStorage.of("handmade", Arrays.copyOf(bytes, blocks * BLOCK)),
        OpenOptions.readOnly().format("iso"));
  }

  FileTree tree() throws IOException {
    return FileTrees.open(device(), Map.of());
  }
}
