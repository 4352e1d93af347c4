package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.Repair;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of the host's space a change takes, wherever the header says that blocks are. */
final class HostSpaceTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vdi");
  private static final int DATA_OFFSET = 344;
  private static final int BLOCK_EXTRA = 380;
  private static final int FAR = 0xc000_0000;
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  private Path image(int field, int value) throws IOException {
    Path path = VdiFile.empty(4 * MIB, MIB + "+0").write(directory.resolve("image.vdi"));
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
      channel.write(word, field);
    }
    return path;
  }

  private static long allocated(Path path) throws IOException {
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      return storage.allocatedSize().orElseThrow();
    }
  }

  @Test
  void aWriteTakesNoSpaceForWhatIsBeforeTheFirstBlock() throws IOException {
    Path path = image(DATA_OFFSET, FAR);
    byte[] content = RandomContent.of(1, 0, MIB + 512);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, content);
      disk.flush();
      assertTrue(allocated(path) < 8 * MIB, allocated(path) + " bytes while it is open");
      disk.write(2 * MIB, content);
    }
    assertTrue(allocated(path) < 8 * MIB, allocated(path) + " bytes");
    byte[] found = new byte[content.length];
    try (DiskImage disk = DiskImages.open(path)) {
      disk.read(2 * MIB, found);
    }
    assertArrayEquals(content, found);
  }

  @Test
  void norDoesAResize() throws IOException {
    Path path = image(DATA_OFFSET, FAR);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      // The file has 8 KiB, so that a longer map is where nothing is yet.
      disk.resize(64L * MIB);
      disk.write(60L * MIB, new byte[] {1});
    }
    assertTrue(allocated(path) < 4 * MIB, allocated(path) + " bytes");
  }

  /** Blocks that the format moves are moved with what precedes their data. */
  @Test
  void blocksThatAreFurtherApartThanCanBeMovedAreOnlyRead() throws IOException {
    Path path = image(BLOCK_EXTRA, 63 * MIB + 512);
    assertThrows(UnsupportedFeatureException.class, () -> DiskImages.open(path, WRITABLE));
    DiskImages.open(path).close();
    DiskImages.open(image(BLOCK_EXTRA, 63 * MIB), WRITABLE).close();
  }

  /** A bit is kept for each block of the file, which a sparse one has for nothing. */
  @Test
  void moreBlocksThanCanBeKeptInMindAreOnlyRead() throws IOException {
    Path path = VdiFile.empty(MIB, "512+0").write(directory.resolve("many.vdi"));
    int blocks = (1 << 26) + 2;
    long data = 1L << 30;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(word.putInt(0, (int) data).duplicate(), DATA_OFFSET);
      channel.write(word.putInt(0, blocks).duplicate(), 384);
      channel.write(word.putInt(0, blocks).duplicate(), 388);
      channel.write(word.putInt(0, blocks - 1).duplicate(), 4096);
      channel.write(word, data + 512L * blocks);
    }
    assertThrows(UnsupportedFeatureException.class, () -> DiskImages.open(path, WRITABLE));
    try (ImageMaintenance image = DiskImages.maintain(path, OpenOptions.writable().format("vdi"))) {
      assertThrows(UnsupportedFeatureException.class, () -> image.repair(Repair.ALL));
    }
    DiskImages.open(path).close();
  }

  @Test
  void whatIsWrittenInTheLastBlockBehindTheEndOfTheFileStays() throws IOException {
    Path path = VdiFile.empty(4 * MIB, MIB + "+0").write(directory.resolve("short.vdi"));
    byte[] content = RandomContent.of(1, 0, MIB);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, content);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - MIB / 2);
    }
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(3 * MIB / 4, Arrays.copyOfRange(content, 3 * MIB / 4, MIB));
    }
    Arrays.fill(content, MIB / 2, 3 * MIB / 4, (byte) 0);
    byte[] found = new byte[MIB];
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.read(0, found);
    }
    assertArrayEquals(content, found);
  }
}
