package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.OpenOptions;
import io.diskformat.ParentProposal;
import io.diskformat.ParentResolver;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Differencing images, and how their parents are found. */
final class ParentsTest {
  private static final int BLOCK = 4096;
  private static final long SIZE = 4 * BLOCK;
  private static final UUID PARENT = new UUID(1, 2);
  private static final UUID MODIFICATION = new UUID(3, 4);

  private static final OpenOptions READ =
      OpenOptions.readOnly().format("vdi").references(ReferencePolicy.any());
  private static final OpenOptions WRITE =
      OpenOptions.writable()
          .format("vdi")
          .references(ReferencePolicy.sameDirectory())
          .parents(ParentResolver.sameDirectory());

  @TempDir private Path directory;
  private Path parent;
  private Path child;

  @BeforeEach
  void makeBoth() throws IOException {
    parent = directory.resolve("parent.vdi");
    child = directory.resolve("child.vdi");
    DiskImages.create(
        parent, options().option("uuid", PARENT.toString()), disk -> disk.write(0, filled(7)));
    DiskImages.create(child, options().option("backing_file", "parent.vdi"));
  }

  private static CreateOptions options() {
    return CreateOptions.format("vdi").size(SIZE).option("block_size", "4k");
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[(int) SIZE];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] contentOf(DiskImage image) throws IOException {
    byte[] content = new byte[(int) image.size()];
    image.read(0, content);
    return content;
  }

  private byte[] read(Path path) throws IOException {
    try (DiskImage image = DiskImages.open(path, READ.parents(ParentResolver.sameDirectory()))) {
      return contentOf(image);
    }
  }

  @Test
  void isDeniedUnlessAResolverIsGiven() throws IOException {
    ReferenceDeniedException e =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(child));
    assertTrue(e.getMessage().contains(PARENT.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("OpenOptions.parents"), e.getMessage());
    try (DiskImage image = DiskImages.open(child, READ.metadataOnly())) {
      assertEquals("differencing", image.info().details().get("type"));
      assertEquals(PARENT.toString(), image.info().details().get("parent-uuid"));
    }
  }

  @Test
  void readsWhatTheParentHas() throws IOException {
    assertArrayEquals(filled(7), read(child));
    ParentResolver within = ParentResolver.within(directory);
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path moved = Files.move(child, elsewhere.resolve("child.vdi"));
    try (DiskImage image = DiskImages.open(moved, READ.parents(within))) {
      assertArrayEquals(filled(7), contentOf(image));
      assertEquals(1, image.extents().next().depth());
    }
    assertThrows(ReferenceDeniedException.class, () -> read(moved));
  }

  @Test
  void writesBesideWhatTheParentHas() throws IOException {
    byte[] expected = filled(7);
    expected[BLOCK + 5] = 1;
    Arrays.fill(expected, 2 * BLOCK, 4 * BLOCK, (byte) 0);
    try (DiskImage image = DiskImages.open(child, WRITE)) {
      image.write(BLOCK + 5, new byte[] {1});
      image.writeZeroes(2 * BLOCK, BLOCK);
      image.write(3 * BLOCK, new byte[] {9});
      image.discard(3 * BLOCK, BLOCK);
      assertArrayEquals(expected, contentOf(image));
    }
    assertArrayEquals(expected, read(child));
    assertArrayEquals(filled(7), read(parent));
    try (DiskImage image = DiskImages.open(child, WRITE)) {
      assertEquals(Extent.Kind.ZERO, image.extents(2 * BLOCK, BLOCK).next().kind());
      assertEquals(0, image.extents(2 * BLOCK, BLOCK).next().depth());
    }
  }

  @Test
  void growsOverALargerParentWithZeroes() throws IOException {
    long smaller = BLOCK + 512;
    DiskImages.create(
        child, options().size(smaller).option("backing_file", "parent.vdi").replaceExisting());
    try (DiskImage image = DiskImages.open(child, WRITE)) {
      image.resize(SIZE);
    }
    byte[] expected = filled(7);
    Arrays.fill(expected, (int) smaller, (int) SIZE, (byte) 0);
    assertArrayEquals(expected, read(child));
  }

  @Test
  void aParentThatWasChangedIsTold() throws IOException {
    try (DiskImage image = DiskImages.open(parent, WRITE)) {
      image.write(0, new byte[] {1});
    }
    DiskFormatException e = assertThrows(DiskFormatException.class, () -> read(child));
    assertTrue(e.getMessage().contains("was changed since"), e.getMessage());
  }

  @Test
  void aParentThatWasOpenedButNotChangedIsStillTheOne() throws IOException {
    DiskImages.open(parent, WRITE).close();
    assertArrayEquals(filled(7), read(child));
  }

  @Test
  void ofTwoWithOneUuidTheOneWithTheRightModificationIsTaken() throws IOException {
    DiskImages.create(
        directory.resolve("a-copy.vdi"),
        options()
            .option("uuid", PARENT.toString())
            .option("modification_uuid", MODIFICATION.toString()),
        disk -> {});
    assertArrayEquals(filled(7), read(child));
  }

  @Test
  void withoutARecordedModificationTheUuidIsEnough() throws IOException {
    Path loose = directory.resolve("loose.vdi");
    DiskImages.create(loose, options().option("parent_uuid", PARENT.toString()));
    assertArrayEquals(filled(7), read(loose));
  }

  @Test
  void anotherImageThanTheOneThatIsWantedIsRefused() throws IOException {
    Path other = directory.resolve("other.vdi");
    DiskImages.create(other, options());
    ParentResolver wrong = (wanted, image) -> ParentProposal.file(other);
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(child, READ.parents(wrong)));
    assertTrue(e.getMessage().contains(PARENT.toString()), e.getMessage());
  }

  @Test
  void anImageThatIsItsOwnParentIsRefused() throws IOException {
    ParentResolver itself = (wanted, image) -> ParentProposal.file(child);
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(child, READ.parents(itself)));
    assertTrue(e.getMessage().contains("already part of the chain"), e.getMessage());
  }

  // Creating

  /** The caller named the file, and only its description is read. */
  @Test
  void creatingAsksNobodyOfTheFileThatTheCallerNames() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path moved = Files.move(child, elsewhere.resolve("moved.vdi"));
    Path created = directory.resolve("created.vdi");
    CreateOptions over =
        options()
            .option("backing_file", "elsewhere/moved.vdi")
            .references(reference -> {
              throw new AssertionError(reference);
            });
    DiskImages.create(created, over);
    try (DiskImage image = DiskImages.open(created, READ.metadataOnly());
        DiskImage below = DiskImages.open(moved, READ.metadataOnly())) {
      assertEquals(
          below.info().identity().orElseThrow().uuid(),
          image.info().backing().orElseThrow().identity().orElseThrow().uuid());
    }
    // To be given its content it is opened with what is below, and that is asked for.
    Path filled = directory.resolve("filled.vdi");
    CreateOptions denied = over.references(ReferencePolicy.deny());
    assertThrows(
        ReferenceDeniedException.class, () -> DiskImages.create(filled, denied, disk -> {}));
    assertFalse(Files.exists(filled));
    Path above = Files.createDirectory(directory.resolve("directory"));
    CreateOptions special = options().option("backing_file", above.toString());
    assertThrows(IllegalArgumentException.class, () -> DiskImages.create(filled, special));
  }
}
