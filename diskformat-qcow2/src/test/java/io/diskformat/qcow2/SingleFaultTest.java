package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One operation on the file fails, each in turn, and all later ones succeed: the caller is told,
 * the image stays consistent, and nothing that was flushed is lost.
 */
final class SingleFaultTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");
  private static final int OPERATIONS = 30;
  private static final int SECTOR = 512;

  private enum Fault {
    CHANGE {
      @Override
      void arm(FaultyStorage storage, int number) {
        storage.failAfter(number);
      }
    },
    READ {
      @Override
      void arm(FaultyStorage storage, int number) {
        storage.failReadAfter(number);
      }
    },
    SPACE {
      @Override
      void arm(FaultyStorage storage, int number) throws IOException {
        storage.limitSpace(number * 4096L);
      }
    };

    abstract void arm(FaultyStorage storage, int number) throws IOException;
  }

  /** A disk, and what it holds. */
  private static final class Subject {
    final FaultyStorage storage;
    final Random random;
    final byte[] now;

    /** The sectors that were changed since the last flush. */
    final BitSet unflushed = new BitSet();

    DiskImage disk;
    int failures;
    private int values;

    Subject(FaultyStorage storage, int size, int filled, Random random) throws IOException {
      this.storage = storage;
      this.random = random;
      this.now = Arrays.copyOf(RandomContent.of(1, 0, filled), size);
      this.disk = open();
      disk.write(0, Arrays.copyOf(now, filled));
      disk.flush();
      this.values = 2;
    }

    DiskImage open() throws IOException {
      return DiskImages.open(new NamedStorage(storage, null), WRITABLE);
    }

    void step(int from) throws IOException {
      int first = from + random.nextInt(now.length / SECTOR - from);
      int length = SECTOR * Math.min(now.length / SECTOR - first, 1 + random.nextInt(40));
      int offset = first * SECTOR;
      byte[] content = new byte[length];
      try {
        switch (random.nextInt(9)) {
          case 0 -> disk.writeZeroes(offset, length);
          case 1 -> disk.discard(offset, length);
          case 2, 3 -> {
            disk.flush();
            unflushed.clear();
            return;
          }
          default -> {
            content = RandomContent.of(values++, offset, length);
            disk.write(offset, content);
          }
        }
      } catch (IOException e) {
        failures++;
      }
      byte[] found = new byte[length];
      read(offset, found);
      for (int at = 0; at < length; at += SECTOR) {
        assertTrue(
            Arrays.equals(found, at, at + SECTOR, content, at, at + SECTOR)
                || Arrays.equals(found, at, at + SECTOR, now, offset + at, offset + at + SECTOR),
            "a sector is neither old nor new");
      }
      System.arraycopy(found, 0, now, offset, length);
      unflushed.set(first, first + length / SECTOR);
    }

    /** A read may be what fails, once. */
    private void read(int offset, byte[] found) throws IOException {
      try {
        disk.read(offset, found);
      } catch (IOException e) {
        failures++;
        disk.read(offset, found);
      }
    }

    void finish() throws IOException {
      boolean closed = false;
      try {
        disk.close();
        closed = true;
      } catch (IOException e) {
        failures++;
      }
      storage.heal();
      assertEquals("", RefcountAudit.of(storage).corruption());
      byte[] found = new byte[now.length];
      try (DiskImage survivor = open()) {
        survivor.read(0, found);
      }
      for (int at = 0; at < now.length; at += SECTOR) {
        if (closed || !unflushed.get(at / SECTOR)) {
          assertTrue(Arrays.equals(found, at, at + SECTOR, now, at, at + SECTOR), "lost");
        }
      }
      RefcountAudit after = RefcountAudit.of(storage);
      assertEquals("", after.corruption());
      assertEquals(0, after.leaks());
    }
  }

  private static FaultyStorage image(String options, int size) throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    CreateOptions create = CreateOptions.format("qcow2").size(size);
    for (String option : options.split(" ")) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(storage, create);
    return new FaultyStorage(storage);
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
    for (Fault fault : Fault.values()) {
      int failed = 0;
      int number = 0;
      for (int unreached = 0; unreached < 5 && number < 400; number++) {
        try {
          Random random = new Random(number);
          Subject subject =
              new Subject(
                  image(options, sectors * SECTOR), sectors * SECTOR, filled * SECTOR, random);
          fault.arm(subject.storage, number);
          for (int i = 0; i < OPERATIONS; i++) {
            subject.step(filled - 10);
          }
          subject.finish();
          failed += subject.failures;
          unreached = subject.failures == 0 ? unreached + 1 : 0;
        } catch (IOException | AssertionError e) {
          throw new AssertionError(fault + " " + number + ": " + e, e);
        }
      }
      System.out.println(options + ": " + fault + ": " + number + " faults, " + failed + " told");
      assertTrue(failed > 10, "too little has failed");
    }
  }

  /** The host tells only once that it has lost something. */
  @Test
  void afterAFailedBarrierNothingIsToldToBeDurable() throws IOException {
    int barriers = 0;
    for (boolean failed = true; failed; barriers++) {
      FaultyStorage storage = image("cluster_size=4096", 1 << 20);
      DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
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
        DiskImages.open(new NamedStorage(storage, null), WRITABLE).close();
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
