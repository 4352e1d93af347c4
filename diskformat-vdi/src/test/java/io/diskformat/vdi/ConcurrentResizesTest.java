package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.ConcurrentResizesProof;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resizes beside writers and readers. */
final class ConcurrentResizesTest extends ConcurrentResizesProof {
  private static final int LARGEST = 1 << 20;
  private static final int BLOCK = 4096;
  private static final String PLAIN = "plain";
  private static final String DIFFERENCING = "differencing";

  private final Random random = new Random(Seeds.of(getClass()));

  ConcurrentResizesTest() {
    super(VDI, true, LARGEST);
  }

  @Override
  protected List<String> layouts() {
    return List.of(PLAIN, DIFFERENCING);
  }

  @Override
  protected void createShort(String layout, Random random) throws IOException {
    int size = 512 * (1 + random.nextInt(300));
    VdiFile file = new VdiFile(new byte[size], BLOCK, random);
    for (int i = 0; i < file.blocks(); i++) {
      file.set(i, Block.FREE);
    }
    if (layout.equals(DIFFERENCING)) {
      VdiFile parent = new VdiFile(RandomContent.of(2, 0, 2 * LARGEST), BLOCK, random);
      parent.create = UUID.randomUUID();
      parent.write(directory().resolve("parent.vdi"));
      file.over(parent);
    }
    file.write(file());
  }

  private DiskImage open(String layout) throws IOException {
    createShort(layout, random);
    return DiskImages.open(file(), VDI.writable());
  }

  /** Who has looked at the size before must not write where the disk is no more. */
  @ParameterizedTest
  @ValueSource(strings = {PLAIN, DIFFERENCING})
  void aWriteBesideAShrinkIsWithinTheDiskOrRefused(String layout) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
      for (int round = 0; round < 2 * ROUNDS; round++) {
        try (DiskImage disk = open(layout)) {
          disk.resize(LARGEST);
          CyclicBarrier start = new CyclicBarrier(2);
          Future<?> writer =
              threads.submit(() -> {
                start.await();
                writeUntilRefused(disk);
                return null;
              });
          start.await();
          disk.resize(2 * BLOCK);
          writer.get();
          assertEquals(2 * BLOCK, disk.size());
        }
        assertSound();
      }
    }
  }

  private static void writeUntilRefused(DiskImage disk) {
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> {
          for (int i = 0; ; i++) {
            long offset = LARGEST - BLOCK * (1L + i % 64);
            if (i % 3 == 0) {
              disk.writeZeroes(offset, BLOCK);
            } else {
              disk.write(offset, new byte[] {1});
            }
          }
        });
  }

  private void assertSound() throws IOException {
    assertEquals("", VDI.problemOf(file()));
  }

  /** By then it is done. */
  @Test
  void aListenerThatThrowsAtTheEndLeavesTheNewSize() throws IOException {
    try (DiskImage disk = open(PLAIN)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              disk.resize(
                  LARGEST,
                  (done, total) -> {
                    if (done == total) {
                      throw new IllegalStateException("enough");
                    }
                  }));
      assertEquals(LARGEST, disk.size());
      disk.write(LARGEST - 512, new byte[512]);
    }
    assertSound();
  }
}
