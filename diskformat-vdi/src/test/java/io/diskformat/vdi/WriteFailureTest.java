package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.WriteFailures;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes to VDI images that fail. */
final class WriteFailureTest extends WriteFailures {
  @TempDir private Path directory;

  WriteFailureTest() {
    super("vdi");
  }

  /** Options: the size of a block and of what precedes it. */
  @Override
  protected void create(Storage storage, String options) throws IOException {
    Path file = VdiFile.empty(SIZE, options).write(directory.resolve("image.vdi"));
    storage.write(0, MemorySegment.ofArray(Files.readAllBytes(file)));
  }

  @Override
  protected String problem(Storage image) throws IOException {
    return VdiAudit.of(image).problem();
  }

  @ParameterizedTest
  @ValueSource(strings = {"512+0", "4096+0", "65536+0", "8192+100"})
  void aFullDiskIsAnExceptionAndWritingGoesOnOnceThereIsRoom(String options) throws IOException {
    fillTheDisk(options);
  }

  @Test
  void aBrokenDiskLosesNothingThatWasFlushed() throws IOException {
    breakTheDisk("4096+0");
  }

  /** Blocks could be moved together if there was room for the copies. */
  @Test
  void aFullDiskDoesNotKeepAnImageFromBeingClosed() throws IOException {
    FaultyStorage storage = new FaultyStorage(new PagedStorage("image"));
    create(storage, "4096+0");
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
    assertEquals("", problem(storage));
  }
}
