package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.SingleFaultProof;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One operation on the file of a VDI image fails. */
final class SingleFaultTest extends SingleFaultProof {
  SingleFaultTest() {
    super(VDI);
  }

  @Override
  protected List<Case> cases() {
    return List.of(
        new Case("4096+0", 400, 40), new Case("512+0", 400, 40), new Case("16384+512", 400, 40));
  }

  /** Though their entries are in two pages of the map, one of which cannot be read. */
  @Test
  void blocksThatAreWrittenAtOnceAreRecordedAtOnce() throws IOException {
    int boundary = 512 << 10;
    int start = boundary - 3 * 512;
    int length = 8 * 512;
    int reads = 0;
    for (boolean failed = true; failed; reads++) {
      FaultyStorage storage = image("512+0", 2 * boundary);
      byte[] found = new byte[length];
      byte[] content = RandomContent.of(2, start, length);
      try (DiskImage disk = open(storage)) {
        storage.failReadAfter(reads);
        failed = false;
        try {
          disk.write(start, content);
        } catch (IOException expected) {
          failed = true;
        }
        storage.heal();
        // Which may get the places that were given back.
        disk.write(boundary + length, RandomContent.of(3, boundary + length, 2 * length));
        disk.read(start, found);
        assertArrayEquals(failed ? new byte[length] : content, found);
      }
      assertEquals("", VdiAudit.of(storage).problem());
    }
    assertTrue(reads > 2, "only " + reads + " reads");
  }
}
