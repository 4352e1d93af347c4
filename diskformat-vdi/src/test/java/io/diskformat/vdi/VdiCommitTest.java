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
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentProposal;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.testing.StorageOperation.Flush;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a difference image shows is in its parent after a commit, and never lost on the way. */
final class VdiCommitTest {
  private static final int CREATE_UUID = 392;
  private static final int MODIFY_UUID = 408;

  @TempDir Path directory;
  private Path childFile;
  private Path parentFile;

  @BeforeEach
  void nameFiles() {
    childFile = directory.resolve("child.vdi");
    parentFile = directory.resolve("parent.vdi");
  }

  /** An image of which some blocks are stored, in order; each byte is one that no other has. */
  private static HandmadeVdi random(Random random, int blocks, int firstByte) {
    int[] map = new int[blocks];
    byte[] content = new byte[blocks];
    int stored = 0;
    for (int i = 0; i < blocks; i++) {
      map[i] =
          switch (random.nextInt(5)) {
            case 0 -> ZERO;
            case 1, 2 -> FREE;
            default -> stored++;
          };
    }
    for (int i = 0; i < stored; i++) {
      content[i] = (byte) (firstByte + i);
    }
    return new HandmadeVdi(map, Arrays.copyOf(content, stored), BLOCK - 512 * random.nextInt(100));
  }

  private static PagedStorage parent(Random random, int blocks) throws IOException {
    return random(random, blocks, 1).build("parent");
  }

  private static PagedStorage child(Random random, int blocks) throws IOException {
    return random(random, blocks, 65).differenceTo(1, 2).build("child");
  }

  private OpenOptions with(OpenOptions options) {
    return options
        .format("vdi")
        .references(ReferencePolicy.any())
        .parents((_, _) -> ParentProposal.file(parentFile));
  }

  private ImageMaintenance maintain() throws IOException {
    return DiskImages.maintain(childFile, with(OpenOptions.writable()));
  }

  private byte[] content(Path file) throws IOException {
    try (DiskImage image = DiskImages.open(file, with(OpenOptions.readOnly()))) {
      byte[] bytes = new byte[Math.toIntExact(image.size())];
      image.read(0, bytes);
      check(file);
      return bytes;
    }
  }

  private void check(Path file) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(file, with(OpenOptions.readOnly()))) {
      assertEquals(0, image.check().corruptions());
    }
  }

  private void write(Storage child, Storage parent) throws IOException {
    HandmadeVdi.write(child, childFile);
    HandmadeVdi.write(parent, parentFile);
  }

  /** Commits, and sees that the parent then has what the child shows and the child still does. */
  private void assertCommits(byte[] shown) throws IOException {
    byte[] before = content(parentFile);
    try (ImageMaintenance image = maintain()) {
      image.commit(ProgressListener.NONE);
    }
    assertArrayEquals(shown, content(childFile));
    byte[] expected = Arrays.copyOf(before, Math.max(before.length, shown.length));
    System.arraycopy(shown, 0, expected, 0, shown.length);
    assertArrayEquals(expected, content(parentFile));
  }

  @Test
  void theParentHasWhatTheChildShows() throws IOException {
    Random random = new Random(Seeds.of(getClass()));
    for (int i = 0; i < 30; i++) {
      write(child(random, 1 + random.nextInt(20)), parent(random, 1 + random.nextInt(20)));
      byte[] shown = content(childFile);
      assertCommits(shown);
      try (ImageMaintenance image = maintain()) {
        image.commit(ProgressListener.NONE);
        image.empty();
      }
      assertArrayEquals(shown, content(childFile));
      assertEquals(DATA_OFFSET, Files.size(childFile));
    }
  }

  /** Neither to another image that is proposed for it, nor to it if it was changed. */
  @ParameterizedTest
  @ValueSource(ints = {CREATE_UUID, MODIFY_UUID})
  void nothingIsCommittedToWhatIsNotTheParentAsItWas(int position) throws IOException {
    Random random = new Random(1);
    PagedStorage parent = parent(random, 8);
    byte[] uuid = new byte[16];
    Arrays.fill(uuid, (byte) 9);
    parent.write(position, MemorySegment.ofArray(uuid));
    write(child(random, 8), parent);
    byte[] childBefore = Files.readAllBytes(childFile);
    byte[] parentBefore = Files.readAllBytes(parentFile);
    try (ImageMaintenance image = maintain()) {
      assertThrows(DiskFormatException.class, () -> image.commit(ProgressListener.NONE));
    }
    assertArrayEquals(childBefore, Files.readAllBytes(childFile));
    assertArrayEquals(parentBefore, Files.readAllBytes(parentFile));
  }

  /** The parent is first changed when it is durable in the child what that will make of it. */
  @Test
  void aPowerCutLosesNothing() throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int i = 0; i < 2; i++) {
      PagedStorage child = child(random, 12);
      PagedStorage parent = parent(random, 9);
      write(child, parent);
      byte[] shown = content(childFile);

      FaultyStorage brokenParent = new FaultyStorage(parent.copy("parent"));
      VdiImage broken = writable(brokenParent);
      brokenParent.breakAfter(0);
      FaultyStorage early = new FaultyStorage(child.copy("child"));
      assertThrows(IOException.class, () -> VdiCommit.run(early, broken, ProgressListener.NONE));

      FaultyStorage faultyChild = new FaultyStorage(child.copy("child"));
      FaultyStorage faultyParent = new FaultyStorage(parent.copy("parent"));
      VdiCommit.run(faultyChild, writable(faultyParent), ProgressListener.NONE);
      assertEquals(faultyChild.log().size(), early.log().size());
      assertTrue(faultyChild.log().getLast() instanceof Flush);

      CrashImages.Check check =
          (left, _) -> {
            boolean ofChild = left.name().equals("child");
            write(ofChild ? left : faultyChild, ofChild ? parent : left);
            assertArrayEquals(shown, content(childFile));
            assertCommits(shown);
          };
      var _ = CrashImages.of(faultyChild).check(seed, 8, check);
      var _ = CrashImages.of(faultyParent).check(seed, 3, check);
    }
  }

  private static VdiImage writable(Storage storage) throws IOException {
    return (VdiImage) DiskImages.open(storage, OpenOptions.writable().format("vdi"));
  }

  @Test
  void aPowerCutWhileEmptyingChangesNothingThatIsShown() throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    write(child(random, 12), parent(random, 9));
    byte[] shown = content(childFile);
    assertCommits(shown);
    FaultyStorage storage =
        new FaultyStorage(
            io.diskformat.storage.MemoryStorage.of("child", Files.readAllBytes(childFile)));
    try (ImageMaintenance image =
        DiskImages.maintain(storage, OpenOptions.writable().format("vdi"))) {
      image.empty();
    }
    var _ =
        CrashImages.of(storage)
            .check(
                seed,
                8,
                (left, _) -> {
                  HandmadeVdi.write(left, childFile);
                  assertArrayEquals(shown, content(childFile));
                });
  }

  @Test
  void otherDifferencesAreNoLongerTakenForSuch() throws IOException {
    Random random = new Random(3);
    write(child(random, 5), parent(random, 5));
    Path sibling = Files.copy(childFile, directory.resolve("sibling.vdi"));
    assertEquals(content(childFile).length, content(sibling).length);
    byte[] uuid = new byte[16];
    Arrays.fill(uuid, (byte) 9);
    try (var file = new java.io.RandomAccessFile(sibling.toFile(), "rw")) {
      file.seek(392);
      file.write(uuid);
    }
    assertCommits(content(childFile));
    DiskFormatException e = assertThrows(DiskFormatException.class, () -> content(sibling));
    assertTrue(e.getMessage().contains("was changed since"), e.getMessage());
  }

  /** Unless what it shows was committed before, as then it shows the same. */
  @Test
  void emptyingChangesTheModification() throws IOException {
    Random random = new Random(4);
    write(child(random, 5), parent(random, 5));
    Object before = modification();
    try (ImageMaintenance image = maintain()) {
      image.commit(ProgressListener.NONE);
      image.empty();
    }
    assertEquals(before, modification());
    try (ImageMaintenance image = maintain()) {
      image.empty();
    }
    assertTrue(!before.equals(modification()));
    assertArrayEquals(
        Arrays.copyOf(content(parentFile), content(childFile).length), content(childFile));
  }

  private UUID modification() throws IOException {
    try (ImageMaintenance image = maintain()) {
      return image.info().identity().orElseThrow().modification();
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    Random random = new Random(5);
    write(child(random, 5), parent(random, 5));
    try (ImageMaintenance image = maintain();
        DiskImage reader = DiskImages.open(parentFile)) {
      assertTrue(reader.size() > 0);
      assertThrows(ImageLockedException.class, () -> image.commit(ProgressListener.NONE));
    }
    try (ImageMaintenance image =
        DiskImages.maintain(parentFile, OpenOptions.writable().format("vdi"))) {
      assertThrows(DiskFormatException.class, () -> image.commit(ProgressListener.NONE));
      assertThrows(DiskFormatException.class, image::empty);
    }
    try (ImageMaintenance image = DiskImages.maintain(childFile, with(OpenOptions.readOnly()))) {
      assertThrows(UnsupportedOperationException.class, () -> image.commit(ProgressListener.NONE));
      assertThrows(UnsupportedOperationException.class, () -> image.compact(ProgressListener.NONE));
    }
  }

  @Test
  void compactionForgetsWhatTheParentHas() throws IOException {
    PagedStorage parent =
        new HandmadeVdi(new int[] {0, 1, FREE}, new byte[] {7, 8}, BLOCK).build("parent");
    // As below, zero over data, zero over a hole, another, and beyond the parent's end.
    PagedStorage child =
        new HandmadeVdi(new int[] {0, 1, 2, 3, 4, ZERO}, new byte[] {7, 0, 0, 9, 0}, BLOCK)
            .differenceTo(1, 2)
            .build("child");
    write(child, parent);
    byte[] shown = content(childFile);
    try (ImageMaintenance image = maintain()) {
      image.compact(ProgressListener.NONE);
      CheckReport report = image.check();
      assertTrue(report.isClean(), report.toString());
      assertEquals(1, report.allocatedClusters());
    }
    assertArrayEquals(shown, content(childFile));
    assertEquals(DATA_OFFSET + BLOCK, Files.size(childFile));
    byte[] map = Arrays.copyOfRange(Files.readAllBytes(childFile), 512, 512 + 24);
    int[] entries = new int[6];
    java.nio.ByteBuffer.wrap(map)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .get(entries);
    assertArrayEquals(new int[] {FREE, ZERO, FREE, 0, FREE, ZERO}, entries);
  }
}
