package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A disc that is put together by hand, by the sector, as no program would make it. */
final class HandmadeIso {
  static final int SECTOR = 2048;

  /** Where the root directory is, one sector long unless it is said otherwise. */
  static final int ROOT = 20;

  static final byte[] SHARED = {'S', 'P', 7, 1, (byte) 0xbe, (byte) 0xef, 0};

  private final byte[] bytes;
  private final int[] used;

  /** Makes a disc with a primary descriptor and a root that holds itself alone. */
  HandmadeIso(int sectors) {
    bytes = new byte[sectors * SECTOR];
    used = new int[sectors];
    put(16, 0, 1, 'C', 'D', '0', '0', '1', 1);
    putBoth(16, 80, sectors);
    at(16, 128).put((byte) 0).put((byte) 8).put((byte) 8).put((byte) 0);
    byte[] root = record(new byte[] {0}, ROOT, SECTOR, 2);
    at(16, 156).put(root);
    put(17, 0, 255, 'C', 'D', '0', '0', '1', 1);
  }

  /** Returns the bytes, which are the disc's own. */
  byte[] bytes() {
    return bytes;
  }

  ByteBuffer at(int sector, int offset) {
    return ByteBuffer.wrap(bytes).position(sector * SECTOR + offset).order(ByteOrder.LITTLE_ENDIAN);
  }

  HandmadeIso put(int sector, int offset, int... values) {
    for (int i = 0; i < values.length; i++) {
      bytes[sector * SECTOR + offset + i] = (byte) values[i];
    }
    return this;
  }

  private void putBoth(int sector, int offset, int value) {
    at(sector, offset).put(both(value));
  }

  static byte[] both(int value) {
    return ByteBuffer.allocate(8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(value)
        .order(ByteOrder.BIG_ENDIAN)
        .putInt(value)
        .array();
  }

  /** Returns a record. */
  static byte[] record(byte[] name, int extent, int size, int flags, byte[]... systemUse) {
    int use = 33 + name.length + (name.length + 1) % 2;
    byte[] all = joined(systemUse);
    int length = use + all.length + (use + all.length) % 2;
    ByteBuffer record = ByteBuffer.allocate(length);
    record.put(0, (byte) length);
    record.put(2, both(extent));
    record.put(10, both(size));
    record.put(18, new byte[] {100, 2, 3, 4, 5, 6, 0});
    record.put(25, (byte) flags);
    record.put(28, new byte[] {1, 0, 0, 1});
    record.put(32, (byte) name.length);
    record.put(33, name);
    record.put(use, all);
    return record.array();
  }

  static byte[] record(String name, int extent, int size, int flags, byte[]... systemUse) {
    return record(name.getBytes(StandardCharsets.ISO_8859_1), extent, size, flags, systemUse);
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Returns an entry of system use. */
  static byte[] entry(String signature, byte[]... data) {
    byte[] all = joined(data);
    return joined(
        signature.getBytes(StandardCharsets.ISO_8859_1),
        new byte[] {(byte) (4 + all.length), 1},
        all);
  }

  static byte[] name(String name) {
    return entry("NM", new byte[] {0}, name.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] posix(int mode) {
    return entry("PX", both(mode), both(1), both(0), both(0));
  }

  static byte[] goesOn(int block, int offset, int length) {
    return entry("CE", both(block), both(offset), both(length));
  }

  /** Makes a directory of one sector; where there is one, adds to it. */
  HandmadeIso directory(int sector, byte[]... records) {
    if (used[sector] == 0) {
      byte[] shared = sector == ROOT ? joined(SHARED, posix(040755)) : new byte[0];
      append(sector, record(new byte[] {0}, sector, SECTOR, 2, shared));
      append(sector, record(new byte[] {1}, ROOT, SECTOR, 2));
    }
    for (byte[] record : records) {
      append(sector, record);
    }
    return this;
  }

  private void append(int sector, byte[] record) {
    at(sector, used[sector]).put(record);
    used[sector] += record.length;
  }

  HandmadeIso content(int sector, String text) {
    at(sector, 0).put(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  BlockDevice device() throws IOException {
    return DiskImages.open(
        MemoryStorage.of("handmade", bytes.clone()), OpenOptions.readOnly().format("iso"));
  }

  FileTree tree() throws IOException {
    return FileTrees.open(device(), Map.of());
  }
}
