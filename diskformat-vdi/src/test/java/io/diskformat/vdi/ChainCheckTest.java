package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Problem;
import io.diskformat.CheckReport.Severity;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.ParentProposal;
import io.diskformat.ParentResolver;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.OpenFiles;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with the images below one is found and reported, and prevents nothing else. */
final class ChainCheckTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 4;
  private static final int ALLOCATED = 388;
  private static final UUID OTHER = new UUID(0x0102_0304_0506_0708L, 0x090a_0b0c_0d0e_0f10L);
  private static final OpenOptions UNFOUND = OpenOptions.readOnly().format("vdi");
  private static final OpenOptions ANY = UNFOUND.references(ReferencePolicy.any());

  @TempDir private Path directory;
  private final Random random = new Random(1);
  private VdiFile base = image(1, BLOCKS);
  private VdiFile middle = image(2, BLOCKS);
  private VdiFile top = image(3, BLOCKS);
  private Path basePath = Path.of("");
  private Path middlePath = Path.of("");
  private Path path = Path.of("");

  private VdiFile image(int uuids, int blocks) {
    byte[] content = new byte[blocks * BLOCK];
    random.nextBytes(content);
    VdiFile file = new VdiFile(content, BLOCK, random);
    file.mapAt = -512;
    file.dataAt = -512;
    file.create = new UUID(uuids, 1);
    file.modify = new UUID(uuids, 2);
    file.set(blocks - 1, Block.FREE);
    return file;
  }

  @BeforeEach
  void makeChain() throws IOException {
    middle = middle.over(base);
    top = top.over(middle);
    basePath = base.write(directory.resolve("base.vdi"));
    middlePath = middle.write(directory.resolve("middle.vdi"));
    path = top.write(directory.resolve("top.vdi"));
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    assertEquals(List.of(), OpenFiles.in(directory));
  }

  private CheckReport check(OpenOptions options) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, options)) {
      return image.check();
    }
  }

  private static OpenOptions finding(Path parent) {
    return ANY.parents((_, _) -> ParentProposal.file(parent));
  }

  /** Checks the image, of which one problem alone is reported, and returns that in words. */
  private String reported(Severity severity, OpenOptions options) throws IOException {
    CheckReport report = check(options);
    boolean corrupt = severity == Severity.CORRUPTION;
    assertEquals(corrupt ? 1 : 0, report.corruptions(), report.toString());
    assertEquals(corrupt ? 0 : 1, report.checkErrors(), report.toString());
    assertEquals(0, report.leaks(), report.toString());
    assertEquals(1, report.problems().size(), report.toString());
    Problem problem = report.problems().getFirst();
    assertEquals(severity, problem.severity());
    assertEquals("parent", problem.structure());
    // The structure was checked all the same.
    assertEquals(BLOCKS - 1, report.allocatedClusters());
    return problem.toString();
  }

  private static void assertContains(String text, Object... parts) {
    for (Object part : parts) {
      assertTrue(text.contains(part.toString()), text);
    }
  }

  private void put(int position, int value) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(position);
      file.writeInt(Integer.reverseBytes(value));
    }
  }

  private void entry(int block, int value) throws IOException {
    put(top.mapPosition() + 4 * block, value);
  }

  @Test
  void aSoundChainIsClean() throws IOException {
    for (OpenOptions options : List.of(Chain.READ_ONLY, Chain.READ_ONLY.shared(), Chain.WRITABLE)) {
      CheckReport report = check(options);
      assertTrue(report.isClean(), report.toString());
      assertEquals(BLOCKS, report.totalClusters());
      assertEquals(BLOCKS - 1, report.allocatedClusters());
      assertEquals(Files.size(path), report.usedEnd());
    }
  }

  @Test
  void aParentOfAnotherSizeIsNothingWrong() throws IOException {
    for (int blocks : new int[] {1, 2 * BLOCKS}) {
      image(2, blocks).over(base).write(middlePath);
      assertTrue(check(Chain.READ_ONLY).isClean());
    }
  }

  // What is wrong

  @Test
  void aParentThatWasChanged() throws IOException {
    middle.modify = OTHER;
    middle.write(middlePath);
    String reported = reported(Severity.CORRUPTION, Chain.READ_ONLY);
    assertContains(reported, middlePath, "was changed since", "{" + OTHER + "}");
    assertTrue(reported.endsWith(", expected {" + top.parentModify + "}"), reported);
    assertEquals(reported, reported(Severity.CORRUPTION, Chain.WRITABLE));
  }

  @Test
  void aGrandparentThatWasChanged() throws IOException {
    base.modify = OTHER;
    base.write(basePath);
    String reported = reported(Severity.CORRUPTION, Chain.READ_ONLY);
    assertContains(reported, middlePath, "was changed since", "{" + OTHER + "}");
    assertContains(reported, "expected {" + middle.parentModify + "}");
  }

  @Test
  void anotherImageThanTheParent() throws IOException {
    String reported = reported(Severity.CORRUPTION, finding(basePath));
    assertContains(reported, basePath, "{" + base.create + "}");
    assertTrue(reported.endsWith(", expected {" + middle.create + "}"), reported);
  }

  @Test
  void aParentThatIsNoImage() throws IOException {
    Files.writeString(middlePath, "no image");
    assertContains(
        reported(Severity.CORRUPTION, finding(middlePath)), middlePath, "not a VDI image");
    Files.write(middlePath, new byte[0]);
    assertContains(
        reported(Severity.CORRUPTION, finding(middlePath)), middlePath, "not a VDI image");
  }

  @Test
  void aParentThatWasCutShort() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(middlePath.toFile(), "rw")) {
      file.setLength(middle.mapPosition());
    }
    assertContains(reported(Severity.CORRUPTION, finding(middlePath)), "was it cut short?");
  }

  @Test
  void aChainThatComesBack() throws IOException {
    assertContains(reported(Severity.CORRUPTION, finding(path)), "already part of the chain", path);
    ParentResolver back =
        (wanted, _) -> ParentProposal.file(wanted.uuid().equals(middle.create) ? middlePath : path);
    assertContains(
        reported(Severity.CORRUPTION, ANY.parents(back)), middlePath, "already part of the chain");
  }

  // What cannot be found out

  @Test
  void aParentThatIsNotFound() throws IOException {
    Files.delete(middlePath);
    assertContains(
        reported(Severity.CHECK_ERROR, Chain.READ_ONLY), path, "{" + middle.create + "}");
    assertContains(reported(Severity.CHECK_ERROR, finding(middlePath)), middlePath, "no such file");
  }

  @Test
  void aGrandparentThatIsNotFound() throws IOException {
    Files.delete(basePath);
    assertContains(
        reported(Severity.CHECK_ERROR, Chain.READ_ONLY), middlePath, "{" + base.create + "}");
  }

  @Test
  void nothingIsOpenedUnlessAResolverFindsIt() throws IOException {
    for (OpenOptions options : List.of(UNFOUND, OpenOptions.writable().format("vdi"))) {
      assertContains(
          reported(Severity.CHECK_ERROR, options), path, "is not opened: nothing is found");
    }
  }

  @Test
  void whatIsNoRegularFileIsNotOpened() throws IOException {
    for (Path special : List.of(directory, Path.of("/dev/zero"))) {
      assertContains(reported(Severity.CHECK_ERROR, finding(special)), "no regular file");
    }
  }

  @Test
  void aResolverThatFails() throws IOException {
    assertContains(
        reported(Severity.CHECK_ERROR, failing(new IOException("no register"))), "(no register)");
    // Of which the message is but the file's name.
    IOException denied = new AccessDeniedException("register");
    assertContains(reported(Severity.CHECK_ERROR, failing(denied)), "AccessDenied", "register");
  }

  private static OpenOptions failing(IOException failure) {
    return UNFOUND.parents((_, _) -> {
      throw failure;
    });
  }

  @Test
  void aParentOfAnUnknownVersionMayBeSound() throws IOException {
    middle.version = 0x0002_0000;
    middle.write(middlePath);
    assertContains(reported(Severity.CHECK_ERROR, finding(middlePath)), "VDI version 2.0");
  }

  @Test
  void aParentThatIsBeingWritten() throws IOException {
    try (DiskImage writer = DiskImages.open(middlePath, Chain.WRITABLE)) {
      assertTrue(writer.isWritable());
      assertContains(reported(Severity.CHECK_ERROR, Chain.READ_ONLY), middlePath);
      assertTrue(check(Chain.READ_ONLY.shared()).isClean());
    }
  }

  /** Whatever a parent says, there is a report, and it is clean where a reader is content. */
  @Test
  void aParentThatIsHostile() throws IOException {
    random.setSeed(Seeds.of(getClass()));
    byte[] sound = Files.readAllBytes(middlePath);
    OpenOptions options = ANY.parents(found());
    int wrong = 0;
    for (int i = 0; i < 500; i++) {
      byte[] spoiled = sound.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        int at = 64 + random.nextInt(middle.dataPosition() - 64);
        spoiled[at] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
      }
      Files.write(middlePath, spoiled);
      CheckReport report = check(options);
      wrong += report.isClean() ? 0 : 1;
      assertEquals(report.isClean(), opens(), report.toString());
    }
    assertTrue(wrong > 10, () -> "few are not clean");
  }

  private ParentResolver found() {
    return (wanted, _) ->
        ParentProposal.file(wanted.uuid().equals(middle.create) ? middlePath : basePath);
  }

  private boolean opens() throws IOException {
    try {
      DiskImages.open(path, Chain.READ_ONLY.parents(found())).close();
      return true;
    } catch (DiskFormatException e) {
      return false;
    }
  }

  // How it is opened

  @Test
  void theParentIsLookedForOnlyByTheCheck() throws IOException {
    int[] asked = new int[1];
    ParentResolver counting =
        (wanted, child) -> {
          asked[0]++;
          return ParentResolver.sameDirectory().find(wanted, child);
        };
    try (ImageMaintenance image = DiskImages.maintain(path, ANY.parents(counting))) {
      assertEquals("differencing", image.info().details().get("type"));
      assertEquals(0, asked[0]);
      assertTrue(image.check().isClean());
      assertEquals(2, asked[0]);
    }
    for (OpenOptions options : List.of(UNFOUND, OpenOptions.writable().format("vdi"))) {
      assertTrue(check(options.parents(counting).metadataOnly()).isClean());
    }
    assertEquals(2, asked[0]);
  }

  @Test
  void aCheckNeedsWhatAReaderNeeds() throws IOException {
    try (DiskImage reader = DiskImages.open(path, Chain.READ_ONLY);
        ImageMaintenance image = DiskImages.maintain(path, Chain.READ_ONLY)) {
      assertTrue(reader.size() > 0);
      assertTrue(image.check().isClean());
    }
    try (ImageMaintenance image = DiskImages.maintain(path, Chain.READ_ONLY)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(path, Chain.WRITABLE));
      assertTrue(image.check().isClean());
    }
    try (DiskImage writer = DiskImages.open(path, Chain.WRITABLE)) {
      assertTrue(writer.isWritable());
      assertThrows(ImageLockedException.class, () -> DiskImages.maintain(path, Chain.READ_ONLY));
      assertTrue(check(Chain.READ_ONLY.shared()).isClean());
    }
  }

  @Test
  void nothingElseCanBeDone() throws IOException {
    byte[] before = Files.readAllBytes(path);
    entry(0, VdiFile.FREE);
    try (ImageMaintenance image = DiskImages.maintain(path, Chain.READ_ONLY)) {
      List<Executable> changes =
          List.of(
              () -> image.repair(Repair.ALL),
              () -> image.compact(ProgressListener.NONE),
              () -> image.commit(ProgressListener.NONE),
              image::empty);
      for (Executable change : changes) {
        var e = assertThrows(UnsupportedOperationException.class, change);
        assertContains(e.getMessage(), "opened for reading");
      }
      assertEquals(1, image.check().leaks());
    }
    entry(0, 0);
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(path)));
  }

  @Test
  void anImageThatIsTooDamagedToBeReadIsChecked() throws IOException {
    put(ALLOCATED, -1);
    assertThrows(IOException.class, () -> DiskImages.open(path, Chain.READ_ONLY));
    CheckReport report = check(Chain.READ_ONLY);
    assertEquals(1, report.corruptions(), report.toString());
    assertEquals("header", report.problems().getFirst().structure());
  }

  /** A commit was cut off between the child and the parent. */
  @Test
  void aParentThatIsAboutToChangeIsTheRightOne() throws IOException {
    UUID next = ParentIdentity.modificationAfterCommit(top.create, middle.modify);
    try (Storage storage = FileStorage.open(path, true, FileStorage.Sharing.LOCKED)) {
      new HeaderFields(storage, VdiHeader.read(storage)).parentModification(next);
      storage.flush();
    }
    assertTrue(check(Chain.READ_ONLY).isClean());
    middle.modify = next;
    middle.write(middlePath);
    assertTrue(check(Chain.READ_ONLY).isClean());
  }

  @Test
  void manyOtherProblemsDoNotHideIt() throws IOException {
    int blocks = 2 * CheckReport.MAX_PROBLEMS;
    image(3, blocks).over(middle).write(path);
    for (int block = 0; block < blocks; block++) {
      entry(block, 1000);
    }
    CheckReport report = check(finding(basePath));
    assertEquals(blocks + 1, report.corruptions());
    assertEquals("parent", report.problems().getFirst().structure());
  }

  // Repair

  private RepairReport repair(Repair what, OpenOptions options) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, options)) {
      return image.repair(what);
    }
  }

  @Test
  void aBrokenChainIsLeftAndKeepsNothingFromBeingRepaired() throws IOException {
    middle.modify = OTHER;
    middle.write(middlePath);
    entry(0, VdiFile.FREE);
    RepairReport leaks = repair(Repair.LEAKS, Chain.WRITABLE);
    assertEquals(1, leaks.leaksFixed(), leaks.toString());
    assertEquals(0, leaks.corruptionsFixed());
    assertEquals(1, leaks.left().corruptions());
    assertEquals(0, leaks.left().leaks());
    entry(BLOCKS - 1, 1000);
    RepairReport all = repair(Repair.ALL, Chain.WRITABLE);
    assertEquals(1, all.corruptionsFixed(), all.toString());
    assertEquals(0, all.leaksFixed());
    assertEquals(1, all.left().corruptions());
    assertContains(all.left().problems().getFirst().toString(), "was changed since");
    assertEquals(all.left(), check(Chain.READ_ONLY));
  }

  @Test
  void aChainThatIsNotFoundKeepsNothingFromBeingRepaired() throws IOException {
    entry(0, VdiFile.FREE);
    entry(BLOCKS - 1, 1000);
    OpenOptions alone = OpenOptions.writable().format("vdi");
    RepairReport repaired = repair(Repair.ALL, alone);
    assertEquals(1, repaired.corruptionsFixed(), repaired.toString());
    assertEquals(1, repaired.leaksFixed());
    assertEquals(0, repaired.left().corruptions());
    assertEquals(1, repaired.left().checkErrors());
    assertTrue(check(Chain.READ_ONLY).isClean());
    assertEquals(0, repair(Repair.ALL, alone.metadataOnly()).left().checkErrors());
  }
}
