package io.diskformat.vdi;

import static io.diskformat.vdi.HandmadeVdi.BLOCK;
import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A block whose place is given up before it was used can have that place again. */
final class GivenUpPlaceTest {
  private static final int[] PLACES = {0, 1, 2};

  /** All places are taken, by a block each: one that the host fails to copy has its own alone. */
  @Test
  void thereIsAPlaceForWhatTheHostDidNotCopy() throws IOException {
    FaultyStorage storage =
        new FaultyStorage(new HandmadeVdi(PLACES, new byte[] {1, 2, 3}, BLOCK).build("x"));
    byte[] content = RandomContent.of(1, 0, BLOCK);
    PlainBytes.Range source =
        new PlainBytes.Range(MemoryStorage.of("source", content), 0, content.length);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), VDI.writable())) {
      int failed = 0;
      for (int round = 0; round < 8; round++) {
        disk.discard(BLOCK, BLOCK);
        long copied = ((PlainTarget) disk).copyFrom(source, BLOCK, BLOCK);
        if (copied == 0) {
          failed++;
          disk.write(BLOCK, content);
        }
        byte[] found = new byte[BLOCK];
        disk.read(BLOCK, found);
        assertArrayEquals(content, found);
      }
      assertEquals(2, failed, "copies that ended early");
    }
    assertEquals("", VDI.problem(storage));
  }
}
