package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.FullDiskProof;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Writes to VDI images that fail. */
final class FullDiskTest extends FullDiskProof {
  FullDiskTest() {
    super(VDI);
  }

  @Override
  protected List<String> layouts() {
    return List.of("512+0", "4096+0", "65536+0", "8192+100");
  }

  @Override
  protected String layoutToBreak() {
    return "4096+0";
  }

  /** Blocks could be moved together if there was room for the copies. */
  @Test
  void aFullDiskDoesNotKeepAnImageFromBeingClosed() throws IOException {
    VDI.create(file(), "4096+0", SIZE);
    FaultyStorage storage = new FaultyStorage(FormatUnderTest.inMemory(file()));
    byte[] content = new byte[SIZE];
    new Random(3).nextBytes(content);
    DiskImage disk = open(storage);
    disk.write(0, content);
    disk.discard(0, SIZE / 2);
    disk.flush();
    storage.limitSpace(0);
    disk.close();
    Arrays.fill(content, 0, SIZE / 2, (byte) 0);
    assertEquals("", VdiAudit.of(storage).corruption());
    assertEquals(SIZE / 2 / 4096, VdiAudit.of(storage).leaks());
    storage.heal();
    try (DiskImage again = open(storage)) {
      byte[] found = new byte[SIZE];
      again.read(0, found);
      assertArrayEquals(content, found);
    }
    assertEquals("", VDI.problem(storage));
  }
}
