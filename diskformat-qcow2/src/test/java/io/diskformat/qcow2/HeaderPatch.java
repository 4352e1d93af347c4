package io.diskformat.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Changes an image's header in ways that no tool offers. */
final class HeaderPatch {
  static final int INCOMPATIBLE = 72;
  static final int COMPATIBLE = 80;
  static final int AUTOCLEAR = 88;

  private static final int BACKING_FORMAT = 0xe2792aca;

  private final Path image;

  private HeaderPatch(Path image) {
    this.image = image;
  }

  static HeaderPatch of(Path image) {
    return new HeaderPatch(image);
  }

  HeaderPatch putInt(long position, int value) throws IOException {
    return put(position, ByteBuffer.allocate(4).putInt(0, value).array());
  }

  HeaderPatch putLong(long position, long value) throws IOException {
    return put(position, ByteBuffer.allocate(8).putLong(0, value).array());
  }

  HeaderPatch setBits(long position, long bits) throws IOException {
    return putLong(position, bytes(position, 8).getLong(0) | bits);
  }

  HeaderPatch put(long position, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), position);
    }
    return this;
  }

  /** Records another name of the backing file, where the present one is; it must not be longer. */
  HeaderPatch backingName(String name) throws IOException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    putInt(16, text.length);
    return put(bytes(8, 8).getLong(0), text);
  }

  /** Makes the extension that records the backing file's format one of an unknown type. */
  HeaderPatch forgetBackingFormat() throws IOException {
    ByteBuffer header = bytes(0, 4096);
    int at = header.getInt(4) < 3 ? 72 : header.getInt(100);
    while (header.getInt(at) != 0) {
      if (header.getInt(at) == BACKING_FORMAT) {
        return putInt(at, 0x1234_5678);
      }
      at += 8 + ((header.getInt(at + 4) + 7) & -8);
    }
    throw new IllegalStateException(image + " records no backing format");
  }

  /** Returns the size of a cluster, in bytes. */
  int clusterSize() throws IOException {
    return 1 << bytes(20, 4).getInt(0);
  }

  /** Makes all snapshots ones that were taken at one and the same time. */
  HeaderPatch setSnapshotDates() throws IOException {
    ByteBuffer header = bytes(0, 72);
    long at = header.getLong(64);
    for (int i = 0; i < header.getInt(60); i++) {
      putInt(at + 16, 1_700_000_000).putInt(at + 20, 123_456_789);
      ByteBuffer record = bytes(at, 40);
      long length = 40L + record.getInt(36) + record.getShort(12) + record.getShort(14);
      at += (length + 7) & -8;
    }
    return this;
  }

  private ByteBuffer bytes(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(image)) {
      channel.read(bytes, position);
    }
    return bytes;
  }
}
