package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A VDI image made by QEMU, of which a test changes single fields. */
record DamagedVdi(Path path) {
  static final int MIB = 1 << 20;
  static final int FREE = -1;
  static final int ZERO = -2;

  /** Where QEMU has the map. */
  static final int MAP = 0x200;

  private static final int ALLOCATED = 388;

  /** A disk of 10 MiB, of which blocks 0, 5 and 3 were written in this order. */
  static DamagedVdi withThreeBlocks(Path path) throws IOException {
    Oracle.qemuImg("create", "-q", "-f", "vdi", path, "10M").orFail();
    QemuIo.on(path, "vdi")
        .fill(1, 0, MIB)
        .fill(2, 5 * MIB, MIB)
        .fill(3, 3 * MIB, MIB)
        .run()
        .orFail();
    return new DamagedVdi(path);
  }

  int entry(int block) throws IOException {
    return readInt(MAP + 4 * block);
  }

  void entry(int block, int value) throws IOException {
    writeInt(MAP + 4 * block, value);
  }

  int allocated() throws IOException {
    return readInt(ALLOCATED);
  }

  void allocated(int count) throws IOException {
    writeInt(ALLOCATED, count);
  }

  private int readInt(long position) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(path)) {
      while (word.hasRemaining()) {
        if (file.read(word, position + word.position()) < 0) {
          throw new IOException("ends before " + position);
        }
      }
    }
    return word.getInt(0);
  }

  void writeInt(long position, int value) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      while (word.hasRemaining()) {
        file.write(word, position + word.position());
      }
    }
  }

  void resize(long size) throws IOException {
    long old = Files.size(path);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      if (size < old) {
        file.truncate(size);
      } else {
        file.write(ByteBuffer.allocate(1), size - 1);
      }
    }
  }

  CheckReport check() throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, OpenOptions.readOnly().format("vdi"))) {
      return image.check();
    }
  }

  ImageMaintenance maintain() throws IOException {
    return DiskImages.maintain(path, OpenOptions.writable().format("vdi"));
  }

  /** Returns the first byte of each block of the disk. */
  byte[] firstBytes() throws IOException {
    try (DiskImage image = DiskImages.open(path, OpenOptions.readOnly().format("vdi"))) {
      byte[] result = new byte[Math.toIntExact(image.size() / MIB)];
      byte[] block = new byte[MIB];
      for (int i = 0; i < result.length; i++) {
        image.read((long) i * MIB, block);
        for (byte b : block) {
          if (b != block[0]) {
            throw new AssertionError("block " + i + " is not all the same");
          }
        }
        result[i] = block[0];
      }
      return result;
    }
  }
}
