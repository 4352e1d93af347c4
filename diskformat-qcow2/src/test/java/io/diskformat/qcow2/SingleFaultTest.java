package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.SingleFaults;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One operation on the file of a qcow2 image fails. */
final class SingleFaultTest extends SingleFaults {
  SingleFaultTest() {
    super("qcow2");
  }

  @Override
  protected void create(Storage storage, String options, int size) throws IOException {
    CreateOptions create = CreateOptions.format("qcow2").size(size);
    for (String option : options.split(" ")) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(storage, create);
  }

  @Override
  protected String corruption(Storage image) throws IOException {
    return RefcountAudit.of(image).corruption();
  }

  @Override
  protected String problem(Storage image) throws IOException {
    RefcountAudit audit = RefcountAudit.of(image);
    return audit.leaks() == 0 ? audit.corruption() : audit.leaks() + " leaks";
  }

  @ParameterizedTest
  @CsvSource({
    "cluster_size=4096, 400, 40",
    "cluster_size=512, 400, 40",
    "cluster_size=512 compat=0.10, 400, 40",
    "cluster_size=16384 extended_l2=on, 400, 40",
    // What is written before is a little less than the refcount table has room for.
    "cluster_size=512 refcount_bits=64, 6144, 3850"
  })
  void anyOneFaultLeavesTheImageConsistent(String options, int sectors, int filled)
      throws IOException {
    failEach(options, sectors, filled);
  }

  /** The host tells only once that it has lost something. */
  @Test
  void afterAFailedBarrierNothingIsToldToBeDurable() throws IOException {
    int barriers = 0;
    for (boolean failed = true; failed; barriers++) {
      FaultyStorage storage = image("cluster_size=4096", 1 << 20);
      DiskImage disk = open(storage);
      disk.write(0, RandomContent.of(2, 0, 8192));
      disk.flush();
      disk.write(1 << 18, RandomContent.of(3, 1 << 18, 8192));
      disk.discard(0, 4096);
      storage.failFlushAfter(barriers);
      failed = false;
      try {
        disk.flush();
        disk.close();
      } catch (IOException expected) {
        failed = true;
      }
      if (failed) {
        assertThrows(IOException.class, disk::flush);
        assertThrows(IOException.class, () -> disk.write(0, new byte[512]));
        closeBroken(disk);
        open(storage).close();
        assertEquals("", RefcountAudit.of(storage).corruption());
        assertEquals(0, RefcountAudit.of(storage).leaks());
      }
    }
    assertTrue(barriers > 3, "too few barriers");
  }

  private static void closeBroken(DiskImage disk) {
    try {
      disk.close();
    } catch (IOException expected) {
      // Unless it was the closing that failed: then it is closed.
    }
  }
}
