package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jspecify.annotations.Nullable;

/**
 * The power is cut at every point of a commit, which changes two files: whatever is left of both is
 * a chain that shows what it did, and no other child of the parent shows anything else than before.
 */
final class CommitPowerCutTest {
  private static final int SECTORS = 120;

  @TempDir private Path directory;

  private Path childFile() {
    return directory.resolve("child.vmdk");
  }

  private Path parentFile() {
    return directory.resolve("parent.vmdk");
  }

  private Path siblingFile() {
    return directory.resolve("sibling.vmdk");
  }

  /** Notes how many operations were done on each of two files after each one. */
  private static final class Noting extends ForwardingStorage {
    private final Storage storage;
    private final Runnable note;

    Noting(Storage storage, Runnable note) {
      super(storage);
      this.storage = storage;
      this.note = note;
    }

    @Override
    public void write(long position, MemorySegment source) throws IOException {
      storage.write(position, source);
      note.run();
    }

    @Override
    public void resize(long size) throws IOException {
      storage.resize(size);
      note.run();
    }

    @Override
    public void zero(long position, long length, boolean giveBack) throws IOException {
      storage.zero(position, length, giveBack);
      note.run();
    }

    @Override
    public void flush() throws IOException {
      storage.flush();
      note.run();
    }

    @Override
    public void flush(Enum<?> after) throws IOException {
      storage.flush(after);
      note.run();
    }
  }

  /** How far the work on both files has come. */
  private record Moment(int child, int parent) {}

  /** Writes the images; returns what the child shows. A long descriptor is written by a copy. */
  private byte[] create(Random random, boolean longDescriptor, boolean recorded)
      throws IOException {
    Disk below = Disk.mixed(random.nextLong(), SECTORS, 8, Grain.values());
    SparseFile parent = new SparseFile(below);
    parent.version = 2;
    var _ = parent.described(text(SparseFile.of(below), longDescriptor)).build().write(parentFile());
    Disk disk = Disk.mixed(random.nextLong(), SECTORS + 8, 8, Grain.values());
    SparseFile child = new SparseFile(disk);
    child.version = 2;
    DescriptorFile text = SparseFile.of(disk).over("parent.vmdk", "12345678");
    if (recorded) {
      // A commit before this one was cut off.
      text.more(Descriptor.COMING_PARENT + " = \"0badcafe\"");
    }
    var _ = child.described(text(text, longDescriptor)).build().write(childFile());
    var _ =
        new DescriptorFile("RW " + SECTORS + " ZERO")
            .over("parent.vmdk", "12345678")
            .write(siblingFile());
    return disk.over(below.content);
  }

  private static DescriptorFile text(DescriptorFile text, boolean isLong) {
    for (int i = 0; isLong && i < 30; i++) {
      text.more("ddb.unknown" + i + " = \"of which nobody knows anything\"");
    }
    return text;
  }

  private static FaultyStorage storage(Path file) throws IOException {
    return new FaultyStorage(MemoryStorage.of(file.toString(), Files.readAllBytes(file)));
  }

  /** Commits, with both files in memory. */
  private List<Moment> commit(FaultyStorage child, FaultyStorage parent) throws IOException {
    List<Moment> moments = new ArrayList<>();
    Runnable note = () -> moments.add(new Moment(child.operations(), parent.operations()));
    note.run();
    Storage noted = new Noting(child, note);
    MainFile main = MainFile.read(child);
    try (BlockDevice layer = SparseExtent.open(child, main.header().orElseThrow(), null);
        DiskImage below =
            DiskImages.open(new Noting(parent, note), VmdkUnderTest.VMDK.writable())) {
      assertEquals(
          List.of(),
          VmdkCommit.run(main.place(noted), layer, (VmdkImage) below, ProgressListener.NONE));
    }
    return moments;
  }

  private void run(
      boolean longDescriptor, boolean recorded, int perMoment, @Nullable WriteStep ofChild, @Nullable WriteStep ofParent)
      throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    byte[] shown = create(random, longDescriptor, recorded);
    byte[] before = Images.content(siblingFile());
    FaultyStorage child = storage(childFile()).leaveOutBarrier(ofChild);
    FaultyStorage parent = storage(parentFile()).leaveOutBarrier(ofParent);
    List<Moment> moments = commit(child, parent);
    assertTrue(moments.size() > 20, moments.size() + " moments");
    CrashImages ofTheChild = CrashImages.of(child);
    CrashImages ofTheParent = CrashImages.of(parent);
    for (Moment moment : moments.stream().distinct().toList()) {
      CrashImages.Cut first = ofTheChild.at(moment.child());
      CrashImages.Cut second = ofTheParent.at(moment.parent());
      for (int i = 0; i < perMoment; i++) {
        CrashImages.Left one = i == 0 ? first.killed() : first.sample(random.nextLong(), i);
        CrashImages.Left other = i == 0 ? second.killed() : second.sample(random.nextLong(), i);
        try {
          look(one.storage(), other.storage(), shown, before);
        } catch (IOException | AssertionError e) {
          throw new AssertionError(
              moment + ", " + one.description() + "; " + other.description() + ": " + e, e);
        }
      }
    }
  }

  private void look(Storage child, Storage parent, byte[] shown, byte[] ofSibling)
      throws IOException {
    write(child, childFile());
    write(parent, parentFile());
    assertArrayEquals(shown, Images.content(childFile()));
    assertSiblingShowsNothingElse(ofSibling);
    // Whoever opens it for writing, and does not, changes nothing; then the first change does.
    byte[] bytes = Files.readAllBytes(childFile());
    byte[] now = shown.clone();
    now[700] = (byte) ~now[700];
    try (DiskImage disk = DiskImages.open(childFile(), WriteTest.WRITABLE)) {
      assertArrayEquals(bytes, Files.readAllBytes(childFile()));
      disk.write(700, new byte[] {now[700]});
    }
    assertEquals(
        List.of(),
        Files.readAllLines(childFile(), java.nio.charset.StandardCharsets.ISO_8859_1).stream()
            .filter(line -> line.contains(Descriptor.COMING_PARENT))
            .toList());
    assertArrayEquals(now, Images.content(childFile()));
    try (ImageMaintenance image = DiskImages.maintain(childFile(), WriteTest.WRITABLE)) {
      assertEquals(0, image.check().corruptions());
      var _ = image.commit(ProgressListener.NONE);
    }
    assertArrayEquals(now, Images.content(childFile()));
    assertArrayEquals(now, Images.content(parentFile()));
    assertSiblingShowsNothingElse(ofSibling);
  }

  private void assertSiblingShowsNothingElse(byte[] before) throws IOException {
    try {
      assertArrayEquals(before, Images.content(siblingFile()));
    } catch (DiskFormatException e) {
      assertTrue(e.getMessage().contains("CID"), e.getMessage());
    }
  }

  private static void write(Storage storage, Path file) throws IOException {
    Files.write(file, storage.read(0, Math.toIntExact(storage.size())).array());
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true"})
  void theChainShowsWhatItDid(boolean longDescriptor, boolean recorded) throws IOException {
    run(longDescriptor, recorded, 4, null, null);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eachBarrierIsNeeded(boolean ofChild) {
    WriteStep left = WriteStep.DESCRIPTOR;
    assertThrows(
        AssertionError.class,
        () -> run(false, false, 12, ofChild ? left : null, ofChild ? null : left));
  }

  /** As it is before a commit, and after it. */
  @Test
  void qemuReadsWhatACommitLeaves() throws IOException {
    byte[] shown = create(new Random(1), false, true);
    Path raw = Files.write(directory.resolve("shown.raw"), shown);
    Oracle.qemuImg("compare", "-F", "vmdk", "-f", "raw", raw, childFile()).orFail();
    try (ImageMaintenance image = DiskImages.maintain(childFile(), WriteTest.WRITABLE)) {
      var _ = image.commit(ProgressListener.NONE);
    }
    Oracle.qemuImg("compare", "-F", "vmdk", "-f", "raw", raw, childFile()).orFail();
    Oracle.qemuImg("compare", "-F", "vmdk", "-f", "raw", raw, parentFile()).orFail();
  }

  /** Another image than the one that the commit was to, with the CID of before or of afterwards. */
  @Test
  void onlyTheTwoNumbersAreTaken() throws IOException {
    byte[] shown = create(new Random(1), false, true);
    byte[] parent = Files.readAllBytes(parentFile());
    for (String cid : List.of("12345678", "0badcafe")) {
      Files.write(parentFile(), replaced(parent, cid));
      assertArrayEquals(shown, Images.content(childFile()));
    }
    Files.write(parentFile(), replaced(parent, "0badcaff"));
    Images.assertRefused(DiskFormatException.class, "CID", childFile());
    byte[] child = Files.readAllBytes(childFile());
    assertThrows(
        DiskFormatException.class, () -> DiskImages.open(childFile(), WriteTest.WRITABLE).close());
    assertArrayEquals(child, Files.readAllBytes(childFile()));
  }

  private static byte[] replaced(byte[] image, String cid) {
    byte[] bytes = image.clone();
    byte[] key = "\nCID=".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int at = 512; ; at++) {
      if (Arrays.equals(bytes, at, at + key.length, key, 0, key.length)) {
        System.arraycopy(
            cid.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, bytes, at + key.length, 8);
        return bytes;
      }
    }
  }
}
