package io.diskformat.cli;

import io.diskformat.CheckReport;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The step of the demo that checks, repairs and compacts a damaged VDI image. */
final class DamagedImage {
  private static final int BLOCK = 1 << 20;
  private static final int STORED = 8;

  /** The position of the field of a VDI header that has the position of the block map. */
  private static final int MAP_OFFSET = 0x154;

  private final Narration narration;
  private final Path file;

  DamagedImage(Narration narration, Path directory) {
    this.narration = narration;
    this.file = directory.resolve("damaged.vdi");
  }

  void run() throws IOException {
    narration.step("Check, repair and compact a damaged VDI", "image.check(), repair, compact");
    create();
    damage();
    try (ImageMaintenance image = DiskImages.maintain(file, OpenOptions.readOnly().format("vdi"))) {
      for (CheckReport.Problem problem : image.check().problems()) {
        narration.say(problem.toString());
      }
    }
    long before = Files.size(file);
    try (ImageMaintenance image = DiskImages.maintain(file, OpenOptions.writable().format("vdi"))) {
      RepairReport repaired = image.repair(Repair.ALL);
      image.compact(ProgressListener.NONE);
      narration.say(
          "repaired: "
              + repaired.corruptionsFixed()
              + "; a check then finds "
              + summary(image.check()));
    }
    narration.say("compacted from " + Sizes.human(before) + " to " + Sizes.human(Files.size(file)));
  }

  static String summary(CheckReport report) {
    String errors = report.corruptions() == 0 ? "no errors" : report.corruptions() + " errors";
    return report.leaks() == 0
        ? errors
        : errors + " (" + report.leaks() + " blocks without an owner, which the next writer uses)";
  }

  /** Creates the image; half of what it stores is zeroes. */
  private void create() throws IOException {
    DiskImages.create(file, CreateOptions.format("vdi").size(64L * BLOCK));
    byte[] block = new byte[BLOCK];
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("vdi"))) {
      for (int i = 0; i < STORED; i++) {
        Arrays.fill(block, (byte) (i % 2 == 0 ? 1 + i : 0));
        disk.write((long) i * BLOCK, block);
      }
    }
  }

  /** Makes two blocks of the disk share a place, and another one lie beyond the end of the file. */
  private void damage() throws IOException {
    DemoFile.change(
        file,
        channel -> {
          ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          read(channel, word, MAP_OFFSET);
          long map = Integer.toUnsignedLong(word.getInt(0));
          read(channel, word, map + 2 * Integer.BYTES);
          write(channel, word, map + 9 * Integer.BYTES);
          write(channel, word.putInt(0, 1000), map + 10 * Integer.BYTES);
        });
  }

  private static void read(FileChannel channel, ByteBuffer word, long position) throws IOException {
    word.clear();
    while (word.hasRemaining()) {
      if (channel.read(word, position + word.position()) < 0) {
        throw new IOException("the image ends before " + position);
      }
    }
  }

  private static void write(FileChannel channel, ByteBuffer word, long position)
      throws IOException {
    word.clear();
    while (word.hasRemaining()) {
      int _ = channel.write(word, position + word.position());
    }
  }
}
