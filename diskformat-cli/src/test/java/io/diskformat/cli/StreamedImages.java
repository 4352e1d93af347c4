package io.diskformat.cli;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Images as converters write them, and a channel that has them come in chunks of any size. */
final class StreamedImages {
  private static final int KIB = 1 << 10;

  private StreamedImages() {}

  /** How an image is converted: its format, and the arguments of qemu-img for it. */
  record Layout(String format, List<String> arguments) {
    static Layout of(String format, String... arguments) {
      return new Layout(format, List.of(arguments));
    }

    @Override
    public String toString() {
      return format + " " + String.join(" ", arguments);
    }
  }

  /** All that qemu-img writes and that can be read from a stream. */
  static final List<Layout> LAYOUTS =
      List.of(
          Layout.of("raw"),
          Layout.of("qcow2"),
          Layout.of("qcow2", "-o", "compat=0.10"),
          Layout.of("qcow2", "-o", "cluster_size=512"),
          Layout.of("qcow2", "-o", "cluster_size=2M"),
          Layout.of("qcow2", "-o", "extended_l2=on"),
          Layout.of("qcow2", "-o", "preallocation=metadata"),
          Layout.of("qcow2", "-o", "preallocation=full"),
          Layout.of("qcow2", "-o", "refcount_bits=1,lazy_refcounts=on"),
          Layout.of("qcow2", "-W", "-m", "16"),
          Layout.of("qcow2", "-c"),
          Layout.of("qcow2", "-c", "-W", "-m", "16"),
          Layout.of("qcow2", "-c", "-o", "cluster_size=4k"),
          Layout.of("qcow2", "-c", "-o", "cluster_size=2M"),
          Layout.of("qcow2", "-c", "-o", "extended_l2=on"),
          Layout.of("qcow2", "-c", "-o", "compression_type=zstd"),
          Layout.of("vdi"),
          Layout.of("vdi", "-o", "static=on"),
          Layout.of("vdi", "-W", "-m", "16"),
          Layout.of("vmdk"),
          Layout.of("vmdk", "-o", "zeroed_grain=on"),
          Layout.of("vmdk", "-W", "-m", "16"),
          Layout.of("vmdk", "-o", "subformat=streamOptimized"));

  /** Writes a disk with holes, zeroes, text and noise, in runs of any length, and noise last. */
  static void disk(Path file, long size, Random random) throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
      long at = 0;
      while (at < size) {
        int run = 512 * (1 + random.nextInt(random.nextBoolean() ? 40 : 1500));
        byte[] bytes = new byte[(int) Math.min(run, size - at)];
        switch (random.nextInt(4)) {
          case 0 -> random.nextBytes(bytes);
          case 1 -> text(bytes, random);
          case 2 -> {}
          default -> bytes = new byte[0];
        }
        disk.seek(at);
        disk.write(bytes);
        at += run;
      }
      // So that what follows it in an image is only the rest of a cluster.
      byte[] last = new byte[64 * KIB];
      random.nextBytes(last);
      disk.seek(size - last.length);
      disk.write(last);
    }
  }

  private static void text(byte[] bytes, Random random) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + (i % 17 == 0 ? random.nextInt(20) : i % 13));
    }
  }

  /** Converts a raw disk as a layout says, by qemu-img. */
  static Path convert(Path disk, Layout layout, Path target) {
    List<Object> arguments = new ArrayList<>(List.of("convert", "-f", "raw"));
    arguments.addAll(layout.arguments());
    arguments.addAll(List.of("-O", layout.format(), disk, target));
    Oracle.qemuImg(arguments.toArray()).orFail();
    return target;
  }

  /** Returns a channel that has bytes come in chunks of 1 byte to a limit. */
  static ReadableByteChannel chunks(byte[] image, int limit, Random random) {
    return new ReadableByteChannel() {
      private int at;
      private boolean open = true;

      @Override
      public int read(ByteBuffer target) {
        if (at == image.length) {
          return -1;
        }
        int most = random.nextInt(3) == 0 ? 1 + random.nextInt(limit) : limit;
        int count = Math.min(Math.min(most, image.length - at), target.remaining());
        target.put(image, at, count);
        at += count;
        return count;
      }

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void close() {
        open = false;
      }
    };
  }

  /** Returns a limit for chunks, of 1 byte to 1 MiB. */
  static int limit(Random random) {
    return 1 + random.nextInt(1 << random.nextInt(1, 21));
  }

  /** Returns a size of a disk that is not of whole clusters. */
  static long oddSize(Random random) {
    return 512L * (8000 + random.nextInt(4000)) + (random.nextBoolean() ? 0 : 64 * KIB);
  }
}
