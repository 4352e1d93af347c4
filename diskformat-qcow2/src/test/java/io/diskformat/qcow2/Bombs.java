package io.diskformat.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Images that are made to cost their reader time or memory out of all proportion. */
final class Bombs {
  private static final int MIB = 1 << 20;

  private final Path directory;
  private final List<Path> written = new ArrayList<>();

  Bombs(Path directory) {
    this.directory = directory;
  }

  List<Path> all() throws IOException {
    snapshots("few-long-snapshot-names", 480, 65535, 65535);
    snapshots("many-snapshot-names", 65536, 127, 800);
    snapshots("snapshots-of-nothing", 65536, 0, 0);
    bitmaps("few-long-bitmap-names", 1000, 65535);
    bitmaps("many-bitmap-names", 65535, 980);
    extensions();
    l1Table("empty-l1-table-of-32-mib", 0);
    l1Table("l1-table-of-32-mib-beyond-the-end", 1L << 50);
    refcounts("one-refcount-block-for-all", 9, 0, 2L << 40);
    refcounts("wide-refcounts", 12, 6, 2L << 40);
    refcounts("large-file", 21, 4, 15L << 40);
    return written;
  }

  private FileChannel begin(String name, HandmadeImage image) throws IOException {
    Path path = image.write(directory.resolve(name));
    written.add(path);
    return FileChannel.open(path, StandardOpenOption.WRITE);
  }

  private static void put(FileChannel channel, long position, byte[] bytes) throws IOException {
    channel.write(ByteBuffer.wrap(bytes), position);
  }

  private static void putInt(FileChannel channel, long position, int value) throws IOException {
    put(channel, position, ByteBuffer.allocate(4).putInt(0, value).array());
  }

  private static void putLong(FileChannel channel, long position, long value) throws IOException {
    put(channel, position, ByteBuffer.allocate(8).putLong(0, value).array());
  }

  /** Bytes that are no characters, each of which becomes a character of two bytes. */
  private static byte[] name(int length) {
    byte[] name = new byte[length];
    Arrays.fill(name, (byte) 0x80);
    return name;
  }

  private void snapshots(String bomb, int count, int idLength, int nameLength) throws IOException {
    try (FileChannel channel = begin(bomb, new HandmadeImage())) {
      long at = 8 * 4096;
      putInt(channel, 60, count);
      putLong(channel, 64, at);
      ByteBuffer record = ByteBuffer.allocate((40 + idLength + nameLength + 7) & -8);
      record.putShort(12, (short) idLength).putShort(14, (short) nameLength);
      record.put(40, name(idLength + nameLength));
      for (int i = 0; i < count; i++) {
        put(channel, at, record.array());
        at += record.capacity();
      }
    }
  }

  private void bitmaps(String bomb, int count, int nameLength) throws IOException {
    ByteBuffer extension = ByteBuffer.allocate(24);
    ByteBuffer entry = ByteBuffer.allocate((24 + nameLength + 7) & -8);
    long at = 8 * 4096;
    extension.putInt(0, count).putLong(8, (long) count * entry.capacity()).putLong(16, at);
    HandmadeImage image =
        new HandmadeImage().autoclear(1).extension(HandmadeImage.BITMAPS, extension.array());
    try (FileChannel channel = begin(bomb, image)) {
      entry.putLong(0, 4096).putInt(8, 1).put(16, (byte) 1).put(17, (byte) 16);
      entry.putShort(18, (short) nameLength).put(24, name(nameLength));
      for (int i = 0; i < count; i++) {
        put(channel, at, entry.array());
        at += entry.capacity();
      }
    }
  }

  /** As many header extensions as there is room for. */
  private void extensions() throws IOException {
    HandmadeImage image = new HandmadeImage().clusterBits(21);
    for (int i = 0; i < (2 * MIB - 200) / 8; i++) {
      image.extension(0x1000_0000 + i, new byte[0]);
    }
    begin("many-header-extensions", image).close();
  }

  /** The largest disk that there can be, all of its L1 entries being the same. */
  private void l1Table(String bomb, long entry) throws IOException {
    try (FileChannel channel = begin(bomb, new HandmadeImage().clusterBits(21))) {
      putLong(channel, 24, 1L << 61);
      putInt(channel, 36, 4 * MIB);
      putLong(channel, 40, 16L * MIB);
      byte[] entries = new byte[8 * MIB];
      for (int i = 0; i < entries.length; i += 8) {
        ByteBuffer.wrap(entries).putLong(i, entry);
      }
      for (int i = 0; i < 4; i++) {
        put(channel, (16L + 8L * i) * MIB, entries);
      }
    }
  }

  /** A large sparse file, with a refcount table of 8 MiB whose entries are all the same. */
  private void refcounts(String bomb, int clusterBits, int order, long size) throws IOException {
    try (FileChannel channel =
        begin(bomb, new HandmadeImage().clusterBits(clusterBits).size(32 << 10))) {
      putInt(channel, 96, order);
      putLong(channel, 48, 16L * MIB);
      putInt(channel, 56, (8 * MIB) >> clusterBits);
      byte[] entries = new byte[8 * MIB];
      for (int i = 0; i < entries.length; i += 8) {
        ByteBuffer.wrap(entries).putLong(i, 32L * MIB);
      }
      put(channel, 16L * MIB, entries);
      put(channel, size - 1, new byte[1]);
    }
  }
}
