package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that were closed as they should be, and whose files end before clusters that count as
 * used.
 */
final class LostClustersTest {
  private static final int CLUSTER = 4096;
  private static final int SIZE = 1 << 20;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("image.qcow2");
  }

  /** Creates an image that is full of data. */
  private void create(int refcountBits) throws IOException {
    QCOW2.create(image, "cluster_size=4096,refcount_bits=" + refcountBits, SIZE);
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.write(0, RandomContent.of(1, 0, SIZE));
    }
  }

  /**
   * Cuts off the last cluster of the disk's data, and whatever follows it.
   *
   * @param forget whether the disk is to have zeroes there, and nothing to refer to what is lost
   * @return which cluster of the disk that was
   */
  private int cutOffLast(boolean forget) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(image));
    int l2 = (int) (file.getLong((int) file.getLong(40)) & L2Entry.PLACE);
    int last = 0;
    for (int i = 1; i < SIZE / CLUSTER; i++) {
      last = place(file, l2, i) > place(file, l2, last) ? i : last;
    }
    int end = (int) place(file, l2, last);
    assertTrue(l2 < end, "the table is kept");
    if (forget) {
      file.putLong(l2 + last * 8, 0);
    }
    Files.write(image, Arrays.copyOf(file.array(), end));
    return last;
  }

  private static long place(ByteBuffer file, int l2, int index) {
    return file.getLong(l2 + index * 8) & L2Entry.PLACE;
  }

  /** What is written next would go behind the end, and what is lost would become zeroes. */
  @Test
  void aFileThatWasCutShortIsOnlyRead() throws IOException {
    create(16);
    int lost = cutOffLast(false);
    byte[] before = Files.readAllBytes(image);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> DiskImages.open(image, QCOW2.writable()));
    assertTrue(e.getMessage().contains("beyond the end of the file"), e.getMessage());
    for (Map<String, String> amended :
        List.of(Map.of("refcount_bits", "32"), Map.of("size", "2M"), Map.of("compat", "0.10"))) {
      try (ImageMaintenance opened =
          DiskImages.maintain(image, OpenOptions.writable().format("qcow2"))) {
        assertThrows(
            CorruptImageException.class,
            () -> opened.amend(amended, ProgressListener.NONE),
            amended::toString);
      }
    }
    assertArrayEquals(before, Files.readAllBytes(image));
    byte[] found = new byte[CLUSTER];
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      assertThrows(CorruptImageException.class, () -> disk.read((long) lost * CLUSTER, found));
      long kept = lost == 0 ? CLUSTER : 0;
      disk.read(kept, found);
      assertArrayEquals(RandomContent.of(1, kept, CLUSTER), found);
    }
  }

  /** As after a crash: clusters were counted, and never written or linked. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16, 64})
  void whatNothingRefersToIsFreed(int refcountBits) throws IOException {
    create(refcountBits);
    int lost = cutOffLast(true);
    long size = Files.size(image);
    byte[] expected = RandomContent.of(1, 0, SIZE);
    Arrays.fill(expected, lost * CLUSTER, (lost + 1) * CLUSTER, (byte) 0);
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.read(0, found);
      assertArrayEquals(expected, found);
      disk.write(lost * CLUSTER, new byte[] {7});
    }
    Oracle.qemuImg("check", image).orFail();
    assertEquals(size + CLUSTER, Files.size(image));
    expected[lost * CLUSTER] = 7;
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      disk.read(0, found);
    }
    assertArrayEquals(expected, found);
  }

  /** What is written next must not become part of a stream. */
  @Test
  void compressedClustersAreMissedAsWell() throws IOException {
    QCOW2.create(image, "cluster_size=4096", SIZE);
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      byte[] content = RandomContent.of(1, 0, SIZE);
      for (int start = 0; start < SIZE; start += CLUSTER) {
        Arrays.fill(content, start, start + CLUSTER / 2, (byte) 0);
      }
      disk.writeCompressed(0, MemorySegment.ofArray(content));
    }
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(image));
    int l2 = (int) (file.getLong((int) file.getLong(40)) & L2Entry.PLACE);
    long last = 0;
    for (int i = 0; i < SIZE / CLUSTER; i++) {
      long entry = file.getLong(l2 + i * 8);
      assertTrue(L2Entry.isCompressed(entry), "cluster " + i);
      last = Math.max(last, L2Entry.streamPosition(entry, 12));
    }
    assertOnlyRead(file, last & -CLUSTER);
    // Of one stream, only the end is lost; others, as if they were none.
    long cut = 0;
    for (int i = 0; i < SIZE / CLUSTER; i++) {
      long entry = file.getLong(l2 + i * 8);
      long end = L2Entry.streamEnd(entry, 12) - 512 & -CLUSTER;
      cut = end > L2Entry.streamPosition(entry, 12) ? Math.max(cut, end) : cut;
    }
    for (int i = 0; i < SIZE / CLUSTER; i++) {
      if (L2Entry.streamPosition(file.getLong(l2 + i * 8), 12) >= cut) {
        file.putLong(l2 + i * 8, 0);
      }
    }
    assertOnlyRead(file, cut);
  }

  private void assertOnlyRead(ByteBuffer file, long end) throws IOException {
    long l2 = file.getLong((int) file.getLong(40)) & L2Entry.PLACE;
    assertTrue(l2 < end, "the table is kept");
    byte[] before = Arrays.copyOf(file.array(), (int) end);
    Files.write(image, before);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> DiskImages.open(image, QCOW2.writable()));
    assertTrue(e.getMessage().contains("beyond the end of the file"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(image));
  }
}
