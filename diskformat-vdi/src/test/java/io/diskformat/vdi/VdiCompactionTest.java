package io.diskformat.vdi;

import static io.diskformat.vdi.HandmadeVdi.BLOCK;
import static io.diskformat.vdi.HandmadeVdi.DATA_OFFSET;
import static io.diskformat.vdi.HandmadeVdi.FREE;
import static io.diskformat.vdi.HandmadeVdi.ZERO;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A compacted image holds what it held, in no more blocks than that needs; at every instant. */
final class VdiCompactionTest {
  private static final OpenOptions READING = OpenOptions.readOnly().format("vdi");
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vdi");

  /** A disk of a number of blocks, stored in any order, some of them zeroes, with leaks between. */
  private static HandmadeVdi random(Random random, int blocks) {
    int[] map = new int[blocks];
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      places.add(i);
    }
    java.util.Collections.shuffle(places, random);
    byte[] content = new byte[blocks];
    for (int i = 0; i < blocks; i++) {
      map[i] =
          switch (random.nextInt(4)) {
            case 0 -> FREE;
            case 1 -> random.nextBoolean() ? ZERO : FREE;
            default -> places.get(i);
          };
      content[i] = (byte) (random.nextInt(4) == 0 ? 0 : i + 1);
    }
    return new HandmadeVdi(map, content, BLOCK - 512 * random.nextInt(100));
  }

  /** Reads the whole disk. */
  private static byte[] content(Storage storage) throws IOException {
    DiskImage image = DiskImages.open(storage, READING);
    byte[] bytes = new byte[Math.toIntExact(image.size())];
    image.read(0, bytes);
    return bytes;
  }

  private static CheckReport check(Storage storage) throws IOException {
    return DiskImages.maintain(storage, READING).check();
  }

  private static void compact(Storage storage) throws IOException {
    DiskImages.maintain(storage, WRITABLE).compact(ProgressListener.NONE);
  }

  private static long blocksNeeded(byte[] content) {
    long needed = 0;
    for (int at = 0; at < content.length; at += BLOCK) {
      needed += content[at] == 0 ? 0 : 1;
    }
    return needed;
  }

  private static void assertCompact(Storage storage, byte[] content) throws IOException {
    assertArrayEquals(content, content(storage));
    CheckReport report = check(storage);
    assertTrue(report.isClean(), report.toString());
    assertEquals(blocksNeeded(content), report.allocatedClusters());
    assertEquals(DATA_OFFSET + blocksNeeded(content) * BLOCK, storage.size());
  }

  @Test
  void compacts() throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      PagedStorage storage = random(random, 1 + random.nextInt(40)).build("x");
      byte[] content = content(storage);
      compact(storage);
      assertCompact(storage, content);
      PagedStorage again = storage.copy("again");
      compact(again);
      assertCompact(again, content);
    }
  }

  @Test
  void reclaimsLeaksAndNothingElse() throws IOException {
    Random random = new Random(Seeds.of(getClass()));
    for (int i = 0; i < 50; i++) {
      PagedStorage storage = random(random, 1 + random.nextInt(40)).build("x");
      byte[] content = content(storage);
      CheckReport before = check(storage);
      RepairReport report = DiskImages.maintain(storage, WRITABLE).repair(Repair.LEAKS);
      assertEquals(before.leaks(), report.leaksFixed());
      assertEquals(0, report.corruptionsFixed());
      assertTrue(report.left().isClean(), report.toString());
      assertEquals(before.allocatedClusters(), report.left().allocatedClusters());
      assertArrayEquals(content, content(storage));
    }
  }

  @Test
  void aPowerCutLosesNothing() throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    long checked = 0;
    for (int i = 0; i < 4; i++) {
      FaultyStorage storage = new FaultyStorage(random(random, 14).build("x"));
      byte[] content = content(storage);
      compact(storage);
      checked +=
          CrashImages.of(storage)
              .check(
                  seed,
                  6,
                  (left, _) -> {
                    assertArrayEquals(content, content(left));
                    CheckReport report = check(left);
                    assertEquals(0, report.corruptions(), report.toString());
                    compact(left);
                    assertCompact(left, content);
                  });
    }
    assertTrue(checked > 100, "only " + checked);
  }

  @Test
  void tellsProgress() throws IOException {
    PagedStorage storage = random(new Random(5), 30).build("x");
    List<Long> reported = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    DiskImages.maintain(storage, WRITABLE)
        .compact((done, total) -> {
          reported.add(done);
          totals.add(total);
        });
    assertEquals(reported.stream().sorted().distinct().toList(), reported);
    assertEquals(1, totals.stream().distinct().count());
    assertEquals(totals.getLast(), reported.getLast());
  }

  @Test
  void endsWhenInterruptedAndCanBeBegunAgain() throws IOException {
    PagedStorage storage = random(new Random(5), 30).build("x");
    byte[] content = content(storage);
    assertThrows(
        InterruptedIOException.class,
        () ->
            DiskImages.maintain(storage, WRITABLE)
                .compact((done, total) -> {
                  if (done > total / 3) {
                    Thread.currentThread().interrupt();
                  }
                }));
    assertTrue(Thread.interrupted());
    assertArrayEquals(content, content(storage));
    compact(storage);
    assertCompact(storage, content);
  }
}
