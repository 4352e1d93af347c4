package io.diskformat.qcow2;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes small images byte by byte, and so also such as no tool writes: an empty disk of 1 MiB,
 * unless set otherwise. Cluster 1 holds the refcount table, 2 a refcount block, 3 the L1 table.
 */
final class HandmadeImage {
  static final int BACKING_FORMAT = 0xe2792aca;
  static final int FEATURE_NAMES = 0x6803f857;
  static final int BITMAPS = 0x23852875;
  static final int DATA_FILE = 0x44415441;

  static final int EXTERNAL_DATA = 1 << 2;

  private static final int HEADER_LENGTH = 112;

  private final ByteArrayOutputStream extensions = new ByteArrayOutputStream();
  private int clusterBits = 12;
  private long size = 1 << 20;
  private long incompatible;
  private long compatible;
  private long autoclear;
  private String backing = "";
  private long dataCluster;

  HandmadeImage clusterBits(int bits) {
    clusterBits = bits;
    return this;
  }

  HandmadeImage size(long bytes) {
    size = bytes;
    return this;
  }

  HandmadeImage incompatible(long bits) {
    incompatible |= bits;
    return this;
  }

  HandmadeImage compatible(long bits) {
    compatible |= bits;
    return this;
  }

  HandmadeImage autoclear(long bits) {
    autoclear |= bits;
    return this;
  }

  HandmadeImage backing(String name) {
    backing = name;
    return this;
  }

  HandmadeImage backing(String name, String format) {
    return backing(name).extension(BACKING_FORMAT, format.getBytes(StandardCharsets.UTF_8));
  }

  HandmadeImage dataFile(String name) {
    return incompatible(EXTERNAL_DATA).extension(DATA_FILE, name.getBytes(StandardCharsets.UTF_8));
  }

  /** Names an incompatible feature. */
  HandmadeImage featureName(int bit, String name) {
    ByteBuffer row = ByteBuffer.allocate(48).put(1, (byte) bit);
    row.put(2, name.getBytes(StandardCharsets.UTF_8));
    return extension(FEATURE_NAMES, row.array());
  }

  HandmadeImage extension(int type, byte[] data) {
    ByteBuffer extension = ByteBuffer.allocate(8 + ((data.length + 7) & -8));
    extension.putInt(type).putInt(data.length).put(data);
    extensions.writeBytes(extension.array());
    return this;
  }

  /** Stores the first cluster of the disk, every byte being 0x5a. */
  HandmadeImage withData() {
    dataCluster = 5;
    return this;
  }

  byte[] bytes() {
    int cluster = 1 << clusterBits;
    byte[] name = backing.getBytes(StandardCharsets.UTF_8);
    int nameOffset = HEADER_LENGTH + extensions.size() + 8;
    int l1Entries = (int) ((size + (1L << (2 * clusterBits - 3)) - 1) >>> (2 * clusterBits - 3));
    ByteBuffer image = ByteBuffer.allocate(cluster * (dataCluster == 0 ? 4 : 6));
    image.putInt(0, 0x514649fb).putInt(4, 3);
    image.putLong(8, name.length == 0 ? 0 : nameOffset).putInt(16, name.length);
    image.putInt(20, clusterBits).putLong(24, size);
    image.putInt(36, l1Entries).putLong(40, 3L * cluster);
    image.putLong(48, cluster).putInt(56, 1);
    image.putLong(72, incompatible).putLong(80, compatible).putLong(88, autoclear);
    image.putInt(96, 4).putInt(100, HEADER_LENGTH);
    image.put(HEADER_LENGTH, extensions.toByteArray());
    image.put(nameOffset, name);
    image.putLong(cluster, 2L * cluster);
    for (int i = 0; i < image.capacity() / cluster; i++) {
      image.putShort(2 * cluster + 2 * i, (short) 1);
    }
    if (dataCluster != 0) {
      image.putLong(3 * cluster, L2Entry.COPIED | 4L * cluster);
      image.putLong(4 * cluster, L2Entry.COPIED | dataCluster * cluster);
      for (int i = 0; i < cluster; i++) {
        image.put((int) dataCluster * cluster + i, (byte) 0x5a);
      }
    }
    return image.array();
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }
}
