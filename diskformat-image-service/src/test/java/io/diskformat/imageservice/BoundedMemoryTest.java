package io.diskformat.imageservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class BoundedMemoryTest {
  @Test
  void theChangesOfADiskAreRefusedWhenTheyAreTooMany() throws IOException {
    int written = 0;
    BoundedMemory memory = new BoundedMemory("the changes", 2 << 20);
    DiskImages.create(memory, CreateOptions.format("qcow2").size(1L << 30));
    try (DiskImage disk = DiskImages.open(memory, OpenOptions.writable().format("qcow2"))) {
      while (true) {
        disk.write(written * (1L << 20), MemorySegment.ofArray(new byte[] {1}));
        written++;
      }
    } catch (ImageServiceException e) {
      assertEquals(Problem.TOO_LARGE, e.problem());
      assertEquals("More than 2097152 bytes of memory are needed for the changes", e.getMessage());
    }
    assertTrue(written > 10 && written < 32, "written: " + written);
  }

  @Test
  void noOverflowLetsMoreIn() throws IOException {
    try (BoundedMemory memory = new BoundedMemory("it", 4096)) {
      memory.resize(4096);
      assertThrows(ImageServiceException.class, () -> memory.resize(4097));
      assertThrows(ImageServiceException.class, () -> memory.reserve(4096, 1));
      assertThrows(ImageServiceException.class, () -> memory.reserve(1, Long.MAX_VALUE));
      assertEquals(4096, memory.size());
    }
  }
}
