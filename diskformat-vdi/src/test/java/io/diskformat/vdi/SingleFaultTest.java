package io.diskformat.vdi;

import io.diskformat.storage.Storage;
import io.diskformat.testing.SingleFaults;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One operation on the file of a VDI image fails. */
final class SingleFaultTest extends SingleFaults {
  @TempDir private Path directory;

  SingleFaultTest() {
    super("vdi");
  }

  /** Options: the size of a block and of what precedes it. */
  @Override
  protected void create(Storage storage, String options, int size) throws IOException {
    Path file = VdiFile.empty(size, options).write(directory.resolve("image.vdi"));
    storage.write(0, MemorySegment.ofArray(Files.readAllBytes(file)));
  }

  @Override
  protected String corruption(Storage image) throws IOException {
    return VdiAudit.of(image).corruption();
  }

  @Override
  protected String problem(Storage image) throws IOException {
    return VdiAudit.of(image).problem();
  }

  @ParameterizedTest
  @CsvSource({"4096+0, 400, 40", "512+0, 400, 40", "16384+512, 400, 40"})
  void anyOneFaultLeavesTheImageConsistent(String options, int sectors, int filled)
      throws IOException {
    failEach(options, sectors, filled);
  }
}
