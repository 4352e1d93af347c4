package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that an image survives any one fault: each operation on its file fails in turn, while all
 * later ones succeed; the call fails, the image stays consistent, and nothing that was flushed is
 * lost. The image is written and resized meanwhile.
 *
 * <p>A test class supplies the images.
 */
public abstract class SingleFaultProof extends Proof {
  private static final int OPERATIONS = 30;
  private static final int SECTOR = 512;

  /**
   * An image that is worked on.
   *
   * @param layout the layout of the image
   * @param sectors the size of the disk, in sectors of 512 bytes
   * @param filled the number of first sectors that are written before the faults
   */
  public record Case(String layout, int sectors, int filled) {}

  /** Creates a proof of a format. */
  protected SingleFaultProof(FormatUnderTest format) {
    super(format);
  }

  /** Returns the images that are worked on. */
  protected abstract List<Case> cases();

  /** Creates an image whose disk has {@code size} bytes and is all zeroes. */
  protected void create(Path file, String layout, int size) throws IOException {
    format().create(file, layout, size);
  }

  /** Returns an image as {@link #create} lays it out. */
  protected final FaultyStorage image(String layout, int size) throws IOException {
    Files.deleteIfExists(file());
    create(file(), layout, size);
    return new FaultyStorage(FormatUnderTest.inMemory(file()));
  }

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
  private final class Subject {
    final FaultyStorage storage;
    final Random random;
    byte[] now;

    /** The sizes that resizes which failed may have given the disk, in the file only. */
    final Set<Integer> tried = new HashSet<>();

    /** The sectors that were changed since the last flush. */
    final BitSet unflushed = new BitSet();

    DiskImage disk;
    int failures;
    private int values;

    Subject(FaultyStorage storage, int size, int filled, Random random) throws IOException {
      this.storage = storage;
      this.random = random;
      this.now = Arrays.copyOf(RandomContent.of(1, 0, filled), size);
      this.disk = open(storage);
      disk.write(0, Arrays.copyOf(now, filled));
      disk.flush();
      this.values = 2;
    }

    /** Grows the disk: it is larger, which is durable, or as large as before. */
    private void grow() throws IOException {
      int size = now.length + SECTOR * (1 + random.nextInt(60));
      try {
        disk.resize(size);
        now = Arrays.copyOf(now, size);
        unflushed.clear();
        tried.clear();
      } catch (IOException e) {
        failures++;
        tried.add(size);
      }
      assertEquals(now.length, disk.size());
    }

    void step(int from) throws IOException {
      if (random.nextInt(8) == 0) {
        grow();
        return;
      }
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

    /** Reads; the fault may hit the read, once. */
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
      assertEquals("", format().corruption(storage));
      byte[] found;
      try (DiskImage survivor = open(storage)) {
        found = new byte[Math.toIntExact(survivor.size())];
        survivor.read(0, found);
      }
      assertTrue(found.length == now.length || tried.contains(found.length), "another size");
      byte[] rest = new byte[found.length - now.length];
      assertArrayEquals(rest, Arrays.copyOfRange(found, now.length, found.length));
      for (int at = 0; at < now.length; at += SECTOR) {
        if (closed || !unflushed.get(at / SECTOR)) {
          assertTrue(Arrays.equals(found, at, at + SECTOR, now, at, at + SECTOR), "lost");
        }
      }
      assertEquals("", format().problem(storage));
    }
  }

  /** Each operation on the file fails in turn. */
  @ParameterizedTest
  @MethodSource("cases")
  public final void anyOneFaultLeavesTheImageConsistent(Case each) throws IOException {
    int size = each.sectors * SECTOR;
    create(file(), each.layout, size);
    PagedStorage initial = FormatUnderTest.inMemory(file());
    for (Fault fault : Fault.values()) {
      int failed = 0;
      int number = 0;
      for (int unreached = 0; unreached < 5 && number < 400; number++) {
        try {
          Random random = new Random(number);
          FaultyStorage storage = new FaultyStorage(initial.copy(initial.name()));
          Subject subject = new Subject(storage, size, each.filled * SECTOR, random);
          fault.arm(subject.storage, number);
          for (int i = 0; i < OPERATIONS; i++) {
            subject.step(each.filled - 10);
          }
          subject.finish();
          failed += subject.failures;
          unreached = subject.failures == 0 ? unreached + 1 : 0;
        } catch (IOException | AssertionError e) {
          throw new AssertionError(fault + " " + number + ": " + e, e);
        }
      }
      System.out.println(each + ": " + fault + ": " + number + " faults, " + failed + " reported");
      assertTrue(failed > 10, "too little has failed");
    }
  }
}
