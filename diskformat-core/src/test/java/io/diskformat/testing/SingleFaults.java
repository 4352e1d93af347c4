package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/**
 * One operation on the file of an image fails, each in turn, and all later ones succeed: the caller
 * is told, the image stays consistent, and nothing that was flushed is lost.
 */
public abstract class SingleFaults {
  private static final int OPERATIONS = 30;
  private static final int SECTOR = 512;

  private final OpenOptions writable;

  /** Creates what looks at images of one format. */
  protected SingleFaults(String format) {
    this.writable = OpenOptions.writable().format(format);
  }

  /** Lays out an image whose disk has {@code size} bytes and is all zeroes. */
  protected abstract void create(Storage storage, String options, int size) throws IOException;

  /** Returns what is corrupt in an image that nobody closed, or an empty string. */
  protected abstract String corruption(Storage image) throws IOException;

  /** Returns what is not as it should be in an image that was closed, or an empty string. */
  protected abstract String problem(Storage image) throws IOException;

  /** Opens an image for writing, in a storage that outlives it. */
  protected final DiskImage open(Storage storage) throws IOException {
    return DiskImages.open(new NamedStorage(storage, null), writable);
  }

  /** Returns an image as {@link #create} lays it out. */
  protected final FaultyStorage image(String options, int size) throws IOException {
    PagedStorage storage = new PagedStorage("image");
    create(storage, options, size);
    return new FaultyStorage(storage);
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
      this.disk = open(storage);
      disk.write(0, Arrays.copyOf(now, filled));
      disk.flush();
      this.values = 2;
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
      assertEquals("", corruption(storage));
      byte[] found = new byte[now.length];
      try (DiskImage survivor = open(storage)) {
        survivor.read(0, found);
      }
      for (int at = 0; at < now.length; at += SECTOR) {
        if (closed || !unflushed.get(at / SECTOR)) {
          assertTrue(Arrays.equals(found, at, at + SECTOR, now, at, at + SECTOR), "lost");
        }
      }
      assertEquals("", problem(storage));
    }
  }

  /**
   * Has each operation fail.
   *
   * @param sectors how large the disk is
   * @param filled how many of them are written before
   */
  protected final void failEach(String options, int sectors, int filled) throws IOException {
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
}
