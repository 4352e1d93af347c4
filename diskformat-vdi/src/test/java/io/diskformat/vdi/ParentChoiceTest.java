package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageIdentity;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.ParentResolver;
import io.diskformat.ProgressListener;
import io.diskformat.RecordedReference;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferenceDeniedException.Reason;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.OpenFiles;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several files is the parent: the one that the caller names, or the one that can be. */
final class ParentChoiceTest {
  private static final int BLOCK = 4096;
  private static final long SIZE = 4 * BLOCK;
  private static final UUID STALE = new UUID(5, 6);

  @TempDir private Path temporary;
  private Path directory;
  private Path parent;
  private Path child;

  @BeforeEach
  void makeBoth() throws IOException {
    directory = temporary.toRealPath();
    parent = directory.resolve("m-parent.vdi");
    child = directory.resolve("n-child.vdi");
    DiskImages.create(parent, options(), disk -> disk.write(0, filled(7)));
    DiskImages.create(child, options().option("backing_file", "m-parent.vdi"));
    try (DiskImage image = DiskImages.open(child, Chain.WRITABLE)) {
      image.write(BLOCK, new byte[] {1});
    }
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    assertEquals(List.of(), OpenFiles.in(directory));
  }

  private static CreateOptions options() {
    return CreateOptions.format("vdi").size(SIZE).option("block_size", "4k");
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[(int) SIZE];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private Path copy(String name) throws IOException {
    return Files.copy(parent, directory.resolve(name));
  }

  private static void setModification(Path image, UUID modification) throws IOException {
    try (Storage storage = FileStorage.open(image, true, FileStorage.Sharing.LOCKED)) {
      new HeaderFields(storage, VdiHeader.read(storage)).modification(modification);
      storage.flush();
    }
  }

  /** Opens the child, sees what it shows, and returns the file that was taken for its parent. */
  private Path parentTaken(OpenOptions options) throws IOException {
    byte[] expected = filled(7);
    expected[BLOCK] = 1;
    try (DiskImage image = DiskImages.open(child, options)) {
      byte[] content = new byte[(int) SIZE];
      image.read(0, content);
      assertArrayEquals(expected, content);
      return Path.of(image.backing().orElseThrow().info().file());
    }
  }

  private Map<Path, byte[]> files() throws IOException {
    Map<Path, byte[]> files = new HashMap<>();
    try (var list = Files.list(directory)) {
      for (Path file : list.toList()) {
        files.put(file, Files.readAllBytes(file));
      }
    }
    return files;
  }

  /** One name comes before the parent's in any order, the other after it. */
  @ParameterizedTest
  @ValueSource(strings = {"a.vdi", "z.vdi"})
  void twoThatFitAreAnErrorThatNamesBoth(String name) throws IOException {
    Path copy = copy(name);
    Map<Path, byte[]> before = files();
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY), copy);
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY.shared()), copy);
    assertAmbiguous(() -> DiskImages.open(child, Chain.WRITABLE), copy);
    assertAmbiguous(() -> DiskImages.infoChain(child, Chain.READ_ONLY), copy);
    try (ImageMaintenance image = DiskImages.maintain(child, Chain.WRITABLE)) {
      assertAmbiguous(() -> image.commit(ProgressListener.NONE), copy);
      assertAmbiguous(() -> image.compact(ProgressListener.NONE), copy);
      assertEquals(1, image.check().checkErrors());
      String reported = image.check().problems().getFirst().toString();
      assertTrue(
          reported.contains(parent.toString()) && reported.contains(copy.toString()), reported);
    }
    Map<Path, byte[]> after = files();
    assertEquals(before.keySet(), after.keySet());
    before.forEach((file, content) -> assertArrayEquals(content, after.get(file)));
  }

  private void assertAmbiguous(org.junit.jupiter.api.function.Executable opening, Path copy) {
    ReferenceDeniedException e = assertThrows(ReferenceDeniedException.class, opening);
    assertEquals(Reason.AMBIGUOUS, e.reason());
    assertTrue(e.getMessage().startsWith(child + ": parent \"{"), e.getMessage());
    assertTrue(e.getMessage().contains(parent.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(copy.toString()), e.getMessage());
  }

  @Test
  void theCallerMaySayWhich() throws IOException {
    Path copy = copy("a.vdi");
    byte[] before = Files.readAllBytes(copy);
    for (Path named : List.of(parent, copy)) {
      assertEquals(named, parentTaken(Chain.READ_ONLY.parents(ParentResolver.of(named))));
    }
    OpenOptions options = Chain.WRITABLE.parents(ParentResolver.of(child, parent));
    try (ImageMaintenance image = DiskImages.maintain(child, options)) {
      image.commit(ProgressListener.NONE);
    }
    assertArrayEquals(before, Files.readAllBytes(copy));
    byte[] committed = new byte[1];
    try (DiskImage image = DiskImages.open(parent)) {
      image.read(BLOCK, committed);
    }
    assertEquals(1, committed[0]);
    // Now the copy is none that fits.
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
  }

  @Test
  void whoNamesTwoThatFitHasNotSaidWhich() throws IOException {
    Path copy = copy("a.vdi");
    ParentResolver both = ParentResolver.of(parent, copy);
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY.parents(both)), copy);
  }

  @Test
  void whoNamesAnotherFileIsTold() throws IOException {
    OpenOptions other = Chain.READ_ONLY.parents(ParentResolver.of(child));
    ReferenceDeniedException e =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(child, other));
    assertEquals(Reason.NOT_FOUND, e.reason());
    Path none = directory.resolve("none.vdi");
    IOException missing =
        assertThrows(
            IOException.class,
            () -> DiskImages.open(child, Chain.READ_ONLY.parents(ParentResolver.of(none))));
    assertTrue(missing.getMessage().contains(none.toString()), missing.getMessage());
  }

  @Test
  void oneFileUnderSeveralNamesIsOne() throws IOException {
    Files.createLink(directory.resolve("a.vdi"), parent);
    Files.createLink(directory.resolve("z.vdi"), parent);
    Files.createSymbolicLink(directory.resolve("b.vdi"), parent);
    assertTrue(Files.isSameFile(parent, parentTaken(Chain.READ_ONLY)));
    assertTrue(Files.isSameFile(parent, parentTaken(Chain.WRITABLE)));
  }

  @Test
  void ofTwoTheOneThatWasNotChangedIsTheParent() throws IOException {
    for (String name : List.of("a.vdi", "z.vdi")) {
      setModification(copy(name), STALE);
    }
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
  }

  @Test
  void twoThatWereChangedAreAnErrorThatNamesBoth() throws IOException {
    Path copy = copy("a.vdi");
    setModification(copy, STALE);
    setModification(parent, STALE);
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY), copy);
  }

  @Test
  void oneThatWasChangedIsToldAsThat() throws IOException {
    setModification(parent, STALE);
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(child, Chain.READ_ONLY));
    assertTrue(e.getMessage().contains("was changed since"), e.getMessage());
  }

  /** A commit was cut off between the child and the parent, beside an older copy of that. */
  @Test
  void theOneThatACommitIsAboutToChangeIsTheParent() throws IOException {
    UUID[] uuids = new UUID[2];
    try (Storage storage = FileStorage.open(parent, false, FileStorage.Sharing.LOCKED)) {
      uuids[0] = VdiHeader.read(storage).modification();
    }
    try (Storage storage = FileStorage.open(child, true, FileStorage.Sharing.LOCKED)) {
      VdiHeader header = VdiHeader.read(storage);
      uuids[1] = ParentIdentity.modificationAfterCommit(header.uuid(), uuids[0]);
      new HeaderFields(storage, header).parentModification(uuids[1]);
      storage.flush();
    }
    for (String name : List.of("a.vdi", "z.vdi")) {
      setModification(copy(name), STALE);
    }
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
    // And once the parent was changed, a copy from just before is not.
    setModification(directory.resolve("a.vdi"), uuids[0]);
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY), directory.resolve("a.vdi"));
    setModification(parent, uuids[1]);
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
  }

  @Test
  void aCopyOfTheChildIsNoParent() throws IOException {
    Files.copy(child, directory.resolve("a.vdi"));
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
  }

  /** Whatever it says, as one UUID is easily copied. */
  @Test
  void theChildItselfIsNoParent() throws IOException {
    UUID same = new UUID(1, 1);
    DiskImages.create(
        parent,
        options().option("uuid", same.toString()).replaceExisting(),
        disk -> disk.write(0, filled(7)));
    DiskImages.create(
        child,
        options()
            .option("uuid", same.toString())
            .option("parent_uuid", same.toString())
            .replaceExisting());
    try (DiskImage image = DiskImages.open(child, Chain.WRITABLE)) {
      image.write(BLOCK, new byte[] {1});
    }
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
  }

  @Test
  void whatCannotBeReadMightBeTheParent() throws IOException {
    Path other = copy("a.vdi");
    Path unreadable = directory.resolve("unreadable.vdi");
    Files.move(other, unreadable);
    assertTrue(unreadable.toFile().setReadable(false));
    assumeFalse(Files.isReadable(unreadable), "the superuser can read everything");
    // What can be read and fits is the parent all the same.
    assertEquals(parent, parentTaken(Chain.READ_ONLY));
    Files.delete(parent);
    IOException e = assertThrows(IOException.class, () -> DiskImages.open(child, Chain.READ_ONLY));
    assertTrue(e.getMessage().contains(unreadable.toString()), e.getMessage());
    assertTrue(unreadable.toFile().setReadable(true));
  }

  @Test
  void someFilesOfManyAreNotLookedAt() throws IOException {
    for (int i = 0; i < 10_000; i++) {
      Files.createFile(directory.resolve("f" + i));
    }
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> DiskImages.open(child, Chain.READ_ONLY));
    assertTrue(e.getMessage().contains("more than 10000 files"), e.getMessage());
    assertEquals(parent, parentTaken(Chain.READ_ONLY.parents(ParentResolver.of(parent))));
  }

  // The policy

  @Test
  void thePolicyIsAskedOfParents() throws IOException {
    List<Reference> asked = new ArrayList<>();
    ReferencePolicy allowing = asked::add;
    assertEquals(parent, parentTaken(Chain.READ_ONLY.references(allowing)));
    String name;
    try (DiskImage image = DiskImages.open(child, Chain.READ_ONLY.metadataOnly())) {
      name = image.info().backing().orElseThrow().name();
    }
    Reference reference = new Reference(Reference.Kind.PARENT, name, child, parent);
    assertEquals(List.of(reference), asked);
    assertDenied(Chain.READ_ONLY.references(ReferencePolicy.deny()));
    assertDenied(Chain.WRITABLE.references(ReferencePolicy.deny()));
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    assertDenied(Chain.READ_ONLY.references(ReferencePolicy.within(elsewhere)));
    Path moved = Files.move(parent, elsewhere.resolve("p.vdi"));
    Path other = Files.createDirectory(directory.resolve("other"));
    assertDenied(
        Chain.READ_ONLY
            .parents(ParentResolver.of(moved))
            .references(ReferencePolicy.within(other)));
    assertEquals(moved, parentTaken(Chain.READ_ONLY.parents(ParentResolver.of(moved))));
  }

  /** A search, too, reads only what the policy allows. */
  @Test
  void thePolicyIsAskedBeforeAFileIsRead() throws IOException {
    Path text = Files.writeString(directory.resolve("a.txt"), "no image");
    List<Path> asked = new ArrayList<>();
    ReferencePolicy allowing = reference -> asked.add(reference.target());
    assertEquals(parent, parentTaken(Chain.READ_ONLY.references(allowing)));
    assertEquals(Set.of(parent, text), Set.copyOf(asked));
    // What is no image until it is asked of is one when it is read.
    ReferencePolicy turning =
        reference -> {
          if (reference.target().equals(text)) {
            Files.copy(parent, text, StandardCopyOption.REPLACE_EXISTING);
          }
          return true;
        };
    assertAmbiguous(() -> DiskImages.open(child, Chain.READ_ONLY.references(turning)), text);
  }

  @Test
  void aPolicyThatFailsIsNoFileThatCannotBeRead() {
    IOException failure = new IOException("no register");
    ReferencePolicy failing =
        _ -> {
          throw failure;
        };
    assertEquals(
        failure,
        assertThrows(
            IOException.class, () -> DiskImages.open(child, Chain.READ_ONLY.references(failing))));
  }

  private void assertDenied(OpenOptions options) {
    ReferenceDeniedException e =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(child, options));
    assertEquals(Reason.POLICY, e.reason());
  }

  @Test
  void whatThePolicyDoesNotAllowIsNoCandidate() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path copy = Files.copy(parent, elsewhere.resolve("copy.vdi"));
    ParentResolver both = ParentResolver.of(copy, parent);
    OpenOptions options = Chain.READ_ONLY.parents(both);
    assertEquals(copy, parentTaken(options.references(ReferencePolicy.within(elsewhere))));
    assertEquals(
        parent, parentTaken(options.references(reference -> reference.target().equals(parent))));
  }

  // Descriptions

  @Test
  void whatIsRecordedIsTyped() throws IOException {
    ImageInfo info;
    try (DiskImage image = DiskImages.open(child, Chain.READ_ONLY.metadataOnly())) {
      info = image.info();
    }
    RecordedReference reference = info.references().getFirst();
    assertEquals(List.of(reference), info.references());
    assertEquals(Optional.of(reference), info.backing());
    assertEquals(Reference.Kind.PARENT, reference.kind());
    assertEquals(Optional.empty(), reference.resolvedName());
    assertEquals(Optional.of("vdi"), reference.format());
    ParentIdentity wanted = reference.identity().orElseThrow();
    assertEquals("{" + wanted.uuid() + "}", reference.name());
    try (DiskImage image = DiskImages.open(parent)) {
      ImageIdentity identity = image.info().identity().orElseThrow();
      assertEquals(wanted.uuid(), identity.uuid());
      assertEquals(wanted.modification(), Optional.of(identity.modification()));
      assertEquals(3, wanted.fit(identity));
      assertEquals(List.of(), image.info().references());
    }
    assertEquals(wanted.child(), info.identity().orElseThrow().uuid());
    assertEquals(0, wanted.fit(info.identity().orElseThrow()));
  }

  @Test
  void aChainIsDescribed() throws IOException {
    List<ImageInfo> chain = DiskImages.infoChain(child, Chain.READ_ONLY);
    assertEquals(
        List.of(child.toString(), parent.toString()), chain.stream().map(ImageInfo::file).toList());
    assertThrows(
        ReferenceDeniedException.class, () -> DiskImages.infoChain(child, OpenOptions.readOnly()));
    Files.delete(parent);
    ReferenceDeniedException e =
        assertThrows(
            ReferenceDeniedException.class, () -> DiskImages.infoChain(child, Chain.READ_ONLY));
    assertEquals(Reason.NOT_FOUND, e.reason());
  }
}
