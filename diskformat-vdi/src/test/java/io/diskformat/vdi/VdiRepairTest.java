package io.diskformat.vdi;

import static io.diskformat.vdi.DamagedVdi.FREE;
import static io.diskformat.vdi.DamagedVdi.MIB;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of damage is found, by QEMU too where it looks for it, and repaired as promised. */
final class VdiRepairTest {
  private static final byte[] INTACT = {1, 0, 0, 3, 0, 2, 0, 0, 0, 0};

  @TempDir Path directory;
  private DamagedVdi image;

  @BeforeEach
  void create() throws IOException {
    image = DamagedVdi.withThreeBlocks(directory.resolve("x.vdi"));
  }

  private RepairReport repair(Repair repair) throws IOException {
    try (ImageMaintenance maintained = image.maintain()) {
      return maintained.repair(repair);
    }
  }

  private int qemuCheck() {
    return Oracle.qemuImg("check", "-f", "vdi", image.path()).exitCode();
  }

  private void assertFound(long corruptions, long leaks, String words) throws IOException {
    CheckReport report = image.check();
    assertEquals(corruptions, report.corruptions(), report.toString());
    assertEquals(leaks, report.leaks(), report.toString());
    assertTrue(report.problems().getFirst().toString().contains(words), report.toString());
  }

  private void assertRepaired(long corruptions, long leaks, byte... blocks) throws IOException {
    RepairReport report = repair(Repair.ALL);
    assertTrue(report.left().isClean(), report.toString());
    assertEquals(corruptions, report.corruptionsFixed(), report.toString());
    assertEquals(leaks, report.leaksFixed(), report.toString());
    assertEquals(0, qemuCheck());
    assertArrayEquals(blocks, image.firstBytes());
    assertEquals(report.left(), repair(Repair.ALL).left());
  }

  @Test
  void anIntactImageIsClean() throws IOException {
    CheckReport report = image.check();
    assertTrue(report.isClean(), report.toString());
    assertEquals(10, report.totalClusters());
    assertEquals(3, report.allocatedClusters());
    assertEquals(2, report.fragmentedClusters());
    assertEquals(1024 + 3 * MIB, report.usedEnd());
    byte[] before = Files.readAllBytes(image.path());
    assertTrue(repair(Repair.ALL).left().isClean());
    assertArrayEquals(before, Files.readAllBytes(image.path()));
  }

  /** Both keep what they show. */
  @Test
  void aBlockWithTwoOwnersIsCopied() throws IOException {
    image.entry(7, image.entry(0));
    assertEquals(2, qemuCheck());
    assertFound(1, 0, "block map entry 7 at offset 540: block 0, as in an earlier entry");
    RepairReport leaks = repair(Repair.LEAKS);
    assertEquals(1, leaks.left().corruptions());
    assertRepaired(
        1, 0, (byte) 1, (byte) 0, (byte) 0, (byte) 3, (byte) 0, (byte) 2, (byte) 0, (byte) 1,
        (byte) 0, (byte) 0);
    assertEquals(4, image.allocated());
  }

  @Test
  void aMapFullOfNonsenseDoesNotFillTheHost() throws IOException {
    for (int block = 0; block < 10; block++) {
      image.entry(block, 0);
    }
    RepairReport report = repair(Repair.ALL);
    assertEquals(1, report.corruptionsFixed());
    assertEquals(8, report.left().corruptions());
    assertTrue(Files.size(image.path()) <= 1024 + 4 * MIB);
    assertArrayEquals(new byte[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, image.firstBytes());
  }

  @Test
  void anEntryBeyondTheFileBecomesFree() throws IOException {
    image.entry(7, 1000);
    assertEquals(2, qemuCheck());
    assertFound(1, 0, "block map entry 7 at offset 540: block 1000, expected less than 3");
    assertRepaired(1, 0, INTACT);
    assertEquals(FREE, image.entry(7));
  }

  @Test
  void anEntryOfABlockThatIsNotCountedIsCounted() throws IOException {
    image.allocated(2);
    assertEquals(2, qemuCheck());
    assertFound(1, 0, "block 2, expected less than 2");
    assertRepaired(1, 0, INTACT);
    assertEquals(3, image.allocated());
  }

  @Test
  void blocksThatAreCountedAndNotThereAreNotCounted() throws IOException {
    image.allocated(5);
    assertEquals(2, qemuCheck());
    assertFound(0, 1, "header at offset 388: 5 blocks allocated");
    assertRepaired(0, 1, INTACT);
    assertEquals(3, image.allocated());
  }

  /** Which makes the image one that opens for maintenance alone. */
  @Test
  void moreBlocksThanTheDiskHasAreNotCounted() throws IOException {
    image.allocated(-1);
    assertThrows(CorruptImageException.class, image::firstBytes);
    assertFound(1, 0, "header at offset 388: 4294967295 blocks allocated, expected at most 10");
    assertRepaired(1, 0, INTACT);
    assertEquals(3, image.allocated());
  }

  /** It is in the file, but its number is higher than that of any block of the disk. */
  @Test
  void aBlockOfTooHighANumberIsCopiedToALowerOne() throws IOException {
    image.resize(1024 + 20 * MIB);
    image.entry(7, 15);
    assertFound(1, 0, "block 15, expected less than 3, as many as are allocated");
    assertRepaired(1, 0, INTACT);
    assertEquals(3, image.entry(7));
    assertEquals(4, image.allocated());
  }

  @Test
  void aLeakIsReclaimed() throws IOException {
    image.entry(0, FREE);
    assertEquals(2, qemuCheck());
    assertFound(0, 1, "block 0 at offset 1024: allocated, and in no entry");
    RepairReport report = repair(Repair.LEAKS);
    assertEquals(1, report.leaksFixed());
    assertTrue(report.left().isClean());
    assertEquals(0, qemuCheck());
    assertEquals(1024 + 2 * MIB, Files.size(image.path()));
    assertArrayEquals(new byte[] {0, 0, 0, 3, 0, 2, 0, 0, 0, 0}, image.firstBytes());
  }

  @Test
  void theLastBlockOfTheFileLeaks() throws IOException {
    image.entry(3, FREE);
    assertEquals(2, qemuCheck());
    assertFound(0, 1, "block 2 at offset " + (1024 + 2 * MIB) + ": allocated, and in no entry");
    assertRepaired(
        0, 1, (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 2, (byte) 0, (byte) 0,
        (byte) 0, (byte) 0);
    assertEquals(2, image.allocated());
    assertEquals(1024 + 2 * MIB, Files.size(image.path()));
  }

  @Test
  void aFileThatWasCutShortLosesWhatWasCut() throws IOException {
    image.resize(1024 + 2 * MIB);
    assertFound(1, 1, "blocks allocated");
    assertRepaired(
        1, 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 2, (byte) 0, (byte) 0,
        (byte) 0, (byte) 0);
  }

  @Test
  void aFileThatEndsWithinABlockIsFilledUp() throws IOException {
    image.resize(1024 + 3 * MIB - 512);
    assertFound(1, 0, "beyond the end of the file, expected a file of as many bytes");
    RepairReport report = repair(Repair.ALL);
    assertTrue(report.left().isClean(), report.toString());
    assertEquals(1024 + 3 * MIB, Files.size(image.path()));
  }

  @Test
  void uuidsAreMadeUp() throws IOException {
    for (int at = 392; at < 424; at += 4) {
      image.writeInt(at, 0);
    }
    assertFound(2, 0, "UUID");
    assertRepaired(2, 0, INTACT);
  }

  @Test
  void allOfItAtOnceIsRepaired() throws IOException {
    image.entry(0, 2);
    image.entry(7, 1000);
    image.allocated(1);
    RepairReport report = repair(Repair.ALL);
    assertTrue(report.left().isClean(), report.toString());
    assertEquals(0, qemuCheck());
    assertArrayEquals(new byte[] {3, 0, 0, 3, 0, 2, 0, 0, 0, 0}, image.firstBytes());
  }

  @Test
  void aDamagedImageIsNotCompacted() throws IOException {
    image.entry(7, image.entry(0));
    try (ImageMaintenance maintained = image.maintain()) {
      assertThrows(CorruptImageException.class, () -> maintained.compact(ProgressListener.NONE));
    }
  }

  private static PagedStorage damaged(Random random) throws IOException {
    int[] map = new int[20];
    byte[] content = new byte[10];
    for (int i = 0; i < map.length; i++) {
      map[i] = random.nextInt(3) == 0 ? HandmadeVdi.FREE : random.nextInt(13);
    }
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i + 1);
    }
    return new HandmadeVdi(map, content, HandmadeVdi.BLOCK).build("x");
  }

  private static RepairReport repair(Storage storage) throws IOException {
    return DiskImages.maintain(storage, OpenOptions.writable().format("vdi")).repair(Repair.ALL);
  }

  private static byte[] content(Storage storage) throws IOException {
    DiskImage disk = DiskImages.open(storage, OpenOptions.readOnly().format("vdi"));
    byte[] content = new byte[Math.toIntExact(disk.size())];
    disk.read(0, content);
    return content;
  }

  /** Whatever was done of the first repair, the second one leads to the same disk. */
  @Test
  void aRepairThatIsCutOffIsFinishedByTheNext() throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int i = 0; i < 10; i++) {
      FaultyStorage storage = new FaultyStorage(damaged(random));
      RepairReport report = repair(storage);
      byte[] content = content(storage);
      var _ =
          CrashImages.of(storage)
              .check(
                  seed,
                  6,
                  (left, _) -> {
                    assertTrue(repair(left).left().corruptions() <= report.left().corruptions());
                    assertArrayEquals(content, content(left));
                  });
    }
  }
}
