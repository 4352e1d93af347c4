package io.diskformat.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A file that is being put together, which grows as it is written. */
final class Bytes {
  static final int SECTOR = 512;
  private byte[] bytes = new byte[1 << 16];
  private int size;

  /** Returns how long the file is, in bytes. */
  int size() {
    return size;
  }

  /** Returns the sector at which the file ends, filled up to a multiple of some sectors. */
  int endSector(int multiple) {
    int unit = multiple * SECTOR;
    grow((size + unit - 1) / unit * unit);
    return size / SECTOR;
  }

  private void grow(int to) {
    if (to > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(to, 2 * bytes.length));
    }
    size = Math.max(size, to);
  }

  Bytes put(int position, byte[] source) {
    grow(position + source.length);
    System.arraycopy(source, 0, bytes, position, source.length);
    return this;
  }

  Bytes append(byte[] source) {
    return put(size, source);
  }

  Bytes int32(int position, long value) {
    return put(position, buffer(4).putInt((int) value).array());
  }

  Bytes int64(int position, long value) {
    return put(position, buffer(8).putLong(value).array());
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, size);
  }

  Path write(Path file) throws IOException {
    return Files.write(file, toArray());
  }
}
