package io.diskformat.vdi;

import static io.diskformat.vdi.HandmadeVdi.BLOCK;
import static io.diskformat.vdi.HandmadeVdi.FREE;
import static io.diskformat.vdi.HandmadeVdi.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.testing.StallingStorage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is to be cut off a disk is what it was, or zeroes, as long as it is there. */
final class CutOffShrinkTest {
  @TempDir private Path directory;

  private DiskImage open(Storage storage, OpenOptions options) throws IOException {
    return DiskImages.open(new NamedStorage(storage, directory.resolve("child.vdi")), options);
  }

  @Test
  void whatTheParentHasDoesNotShowAgain() throws IOException {
    HandmadeVdi parent = new HandmadeVdi(new int[] {0, 1, 2, 3}, new byte[] {6, 7, 8, 9}, BLOCK);
    HandmadeVdi.write(parent.build("parent"), directory.resolve("parent.vdi"));
    Storage child =
        new HandmadeVdi(new int[] {FREE, 0, ZERO, FREE}, new byte[] {5}, BLOCK)
            .differenceTo(1, 2)
            .build("child");
    HandmadeVdi.write(child, directory.resolve("child.vdi"));
    FaultyStorage storage = new FaultyStorage(child);
    try (DiskImage disk = open(storage, Chain.WRITABLE)) {
      disk.resize(BLOCK);
    }
    boolean[] seen = new boolean[2];
    var _ =
        CrashImages.of(storage)
            .check(
                Seeds.of(getClass()),
                20,
                (left, _) -> {
                  try (DiskImage disk = open(left, Chain.READ_ONLY)) {
                    assertEquals(6, byteAt(disk, 0));
                    boolean whole = disk.size() > BLOCK;
                    seen[whole ? 1 : 0] = true;
                    if (whole) {
                      assertTrue(byteAt(disk, BLOCK) == 5 || byteAt(disk, BLOCK) == 0);
                      assertEquals(0, byteAt(disk, 2 * BLOCK));
                      assertTrue(byteAt(disk, 3 * BLOCK) == 9 || byteAt(disk, 3 * BLOCK) == 0);
                    }
                  }
                });
    assertTrue(seen[0] && seen[1]);
  }

  /** A read that began before the shrink is of the larger disk, or is refused. */
  @Test
  void whoReadsMeanwhileDoesNotSeeWhatTheParentHas() throws Exception {
    HandmadeVdi parent = new HandmadeVdi(new int[] {0, 1, 2, 3}, new byte[] {6, 7, 8, 9}, BLOCK);
    HandmadeVdi.write(parent.build("parent"), directory.resolve("parent.vdi"));
    int step = 0;
    boolean more = true;
    int refused = 0;
    while (more) {
      Storage child =
          new HandmadeVdi(new int[] {FREE, 0, ZERO, FREE}, new byte[] {5}, BLOCK)
              .differenceTo(1, 2)
              .build("child");
      HandmadeVdi.write(child, directory.resolve("child.vdi"));
      StallingStorage storage = new StallingStorage(child, directory.resolve("child.vdi"));
      try (DiskImage disk = DiskImages.open(storage, Chain.WRITABLE)) {
        storage.stallAfter(step++, true, () -> disk.resize(BLOCK));
        try {
          byte found = byteAt(disk, BLOCK);
          assertTrue(found == 5 || found == 0, "held up at step " + step + " reads " + found);
        } catch (IndexOutOfBoundsException e) {
          refused++;
        }
        more = storage.happened();
      }
    }
    assertTrue(step > 2 && refused > 0, step + " steps, refused " + refused);
  }

  private static byte byteAt(DiskImage disk, long offset) throws IOException {
    byte[] found = new byte[1];
    disk.read(offset, found);
    return found[0];
  }
}
