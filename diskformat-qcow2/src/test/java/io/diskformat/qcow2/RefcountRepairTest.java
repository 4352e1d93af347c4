package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** References counted anew, as after a crash. */
final class RefcountRepairTest {
  private static final int CLUSTER = 512;
  private static final int SIZE = 256 * CLUSTER;
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");

  /** The place of the table that was too short is free, but only once. */
  @Test
  void whereARefcountTableWasIsNotFreedTwice() throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    DiskImages.create(
        storage,
        CreateOptions.format("qcow2")
            .size(SIZE)
            .option("cluster_size", String.valueOf(CLUSTER))
            .option("refcount_bits", "64"));
    // A table of one cluster counts 64 clusters for each of its 64 blocks: 2 MiB. What a crash left
    // of the space that was reserved ahead goes further.
    storage.resize(3 << 20);
    setDirty(storage);

    byte[] content = new byte[SIZE];
    Random random = new Random(1);
    DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
    for (int at = 0; at < SIZE; at += CLUSTER) {
      byte[] cluster = new byte[CLUSTER];
      random.nextBytes(cluster);
      Arrays.fill(cluster, 100, CLUSTER, (byte) at);
      System.arraycopy(cluster, 0, content, at, CLUSTER);
      disk.writeCompressed(at, MemorySegment.ofArray(cluster));
    }
    disk.flush();
    byte[] found = new byte[SIZE];
    disk.read(0, found);
    assertArrayEquals(content, found);
    disk.close();
    RefcountAudit audit = RefcountAudit.of(storage);
    assertEquals("", audit.corruption());
    assertEquals(0, audit.leaks());
  }

  private static void setDirty(PagedStorage storage) throws IOException {
    storage.write(79, MemorySegment.ofArray(new byte[] {1}));
  }
}
