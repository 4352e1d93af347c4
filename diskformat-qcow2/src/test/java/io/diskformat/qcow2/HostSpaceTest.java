package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of the host's space a write takes, whatever the image says is in use. */
final class HostSpaceTest {
  private static final int CLUSTER = 64 << 10;
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;

  /** Writes an image of 256 KiB whose refcount block counts that many clusters as used. */
  private Path image(int used) throws IOException {
    Path path =
        new HandmadeImage().clusterBits(16).size(256 << 10).write(directory.resolve("image.qcow2"));
    ByteBuffer ones = ByteBuffer.allocate(2 * used);
    while (ones.hasRemaining()) {
      ones.putShort((short) 1);
    }
    HeaderPatch.of(path).put(2L * CLUSTER, ones.array());
    return path;
  }

  private static long allocated(Path path) throws IOException {
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      return storage.allocatedSize().orElseThrow();
    }
  }

  @Test
  void aWriteTakesNoSpaceForClustersThatAreOnlySaidToBeUsed() throws IOException {
    Path path = image(32_000);
    byte[] sector = RandomContent.of(1, 0, 512);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("qcow2"))) {
      disk.write(0, sector);
      disk.flush();
      assertTrue(allocated(path) < 4 * MIB, allocated(path) + " bytes while it is open");
      disk.write(CLUSTER, sector);
    }
    assertTrue(allocated(path) < 4 * MIB, allocated(path) + " bytes");
    byte[] expected = new byte[256 << 10];
    System.arraycopy(sector, 0, expected, 0, 512);
    System.arraycopy(sector, 0, expected, CLUSTER, 512);
    byte[] found = new byte[expected.length];
    try (DiskImage disk = DiskImages.open(path)) {
      disk.read(0, found);
    }
    assertArrayEquals(expected, found);
  }

  /** The block that holds all refcounts is full, and so there is another one, far behind. */
  @Test
  void norForABlockOfRefcountsBehindThem() throws IOException {
    Path path = image(32_768);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("qcow2"))) {
      disk.write(0, new byte[] {1});
    }
    assertTrue(allocated(path) < 4 * MIB, allocated(path) + " bytes");
  }

  /** What was said to be used is free after the next count, and a hole of the file. */
  @Test
  void holesThatAreFreeAfterACountAreHandedOutWithSpace() throws IOException {
    Path path = image(32_000);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("qcow2"))) {
      disk.write(0, new byte[] {1});
    }
    HeaderPatch.of(path).setBits(HeaderPatch.INCOMPATIBLE, Qcow2Header.DIRTY);
    byte[] content = RandomContent.of(2, 0, 256 << 10);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("qcow2"))) {
      disk.write(0, content);
    }
    try (DiskImage disk = DiskImages.open(path)) {
      byte[] found = new byte[content.length];
      disk.read(0, found);
      assertArrayEquals(content, found);
    }
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
    assertTrue(allocated(path) < 4 * MIB, Arrays.toString(new long[] {allocated(path)}));
  }

  /** QEMU leaves files that end within the last cluster, which is all of its image's own. */
  @Test
  void whatIsWrittenInTheLastClusterBehindTheEndOfTheFileStays() throws IOException {
    Path path = directory.resolve("short.qcow2");
    DiskImages.create(path, CreateOptions.format("qcow2").size(MIB));
    byte[] content = RandomContent.of(1, 0, CLUSTER);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable())) {
      disk.write(0, content);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - CLUSTER / 2);
    }
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable())) {
      disk.write(3 * CLUSTER / 4, Arrays.copyOfRange(content, 3 * CLUSTER / 4, CLUSTER));
    }
    Arrays.fill(content, CLUSTER / 2, 3 * CLUSTER / 4, (byte) 0);
    byte[] found = new byte[CLUSTER];
    try (DiskImage disk = DiskImages.open(path)) {
      disk.read(0, found);
    }
    assertArrayEquals(content, found);
  }
}
