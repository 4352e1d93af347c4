package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * A small qcow2 image that QEMU made, with plain, compressed and zero clusters, and a snapshot of
 * an earlier state:
 *
 * <pre>{@code
 * qemu-img create -f qcow2 -o cluster_size=4k demo.qcow2 1M
 * qemu-io -c 'write -s sector 0 4k' -c 'write -P 0x11 4k 60k' -c 'write -c -P 0x22 128k 96k' \
 *     -c 'write -z 256k 128k' -c 'write -P 0x33 512k 64k' demo.qcow2
 * qemu-img snapshot -c 'before the update' demo.qcow2
 * qemu-io -c 'write -P 0x44 544k 96k' -c 'write -c -P 0x55 800k 32k' -c 'discard 16k 8k' demo.qcow2
 * }</pre>
 */
final class DemoImage {
  static final String SNAPSHOT = "before the update";

  /** Where the snapshot and the disk as it is now first differ. */
  static final long UPDATED = 16 << 10;

  static final int CLUSTER_SIZE = 4096;

  private DemoImage() {}

  /** Writes the image to a new file. */
  static void write(Path file) throws IOException {
    InputStream resource = DemoImage.class.getResourceAsStream("demo.qcow2.gz");
    if (resource == null) {
      throw new IOException("the tool's own image is missing from its jar");
    }
    try (InputStream image = new GZIPInputStream(resource)) {
      DemoFile.make(
          file,
          channel -> {
            long _ = image.transferTo(Channels.newOutputStream(channel));
          });
    }
  }

  /** Writes the image to a new file, and makes it name another file as its backing file. */
  static void write(Path file, String backingFile) throws IOException {
    write(file);
    byte[] name = backingFile.getBytes(StandardCharsets.UTF_8);
    int nameOffset = CLUSTER_SIZE - name.length;
    DemoFile.change(
        file,
        channel -> {
          // After mark and version, a qcow2 header has the offset and the length of that name.
          writeAll(
              channel, ByteBuffer.allocate(12).putLong(nameOffset).putInt(name.length).flip(), 8);
          writeAll(channel, ByteBuffer.wrap(name), nameOffset);
        });
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes, long offset)
      throws IOException {
    while (bytes.hasRemaining()) {
      int written = channel.write(bytes, offset + bytes.position());
      if (written < 0) {
        throw new IOException("nothing was written");
      }
    }
  }
}
