package io.diskformat.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image reaches no file that the caller did not allow. */
final class ReferencesTest {
  private static final OpenOptions ANY = OpenOptions.readOnly().references(ReferencePolicy.any());

  @TempDir Path temporary;
  private Path directory;
  private Path elsewhere;
  private Path top;

  @BeforeEach
  void create() throws IOException {
    Path real = temporary.toRealPath();
    directory = Files.createDirectories(real.resolve("images"));
    elsewhere = Files.createDirectories(real.resolve("elsewhere"));
    top = directory.resolve("top.img");
    Files.write(directory.resolve("base.img"), new byte[4096]);
    Files.write(elsewhere.resolve("secret.img"), new byte[8192]);
  }

  private static OpenOptions allowing(ReferencePolicy policy) {
    return OpenOptions.readOnly().references(policy);
  }

  private static ReferenceDeniedException assertDenied(Path image, OpenOptions options) {
    return assertThrows(
        ReferenceDeniedException.class, () -> DiskImages.open(image, options).close());
  }

  private static long sizeOf(Path image, OpenOptions options) throws IOException {
    try (DiskImage disk = DiskImages.open(image, options)) {
      return disk.size();
    }
  }

  @Test
  void deniedByDefault() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    for (OpenOptions options :
        List.of(OpenOptions.readOnly(), OpenOptions.writable(), OpenOptions.readOnly().shared())) {
      ReferenceDeniedException e = assertDenied(top, options);
      assertEquals("base.img", e.reference());
      assertEquals(
          top
              + ": backing file \"base.img\" is not opened: the reference policy does not allow it"
              + " (OpenOptions.references, or --references)",
          e.getMessage());
    }
    assertDenied(ChainedFormat.write(top, "data:base.img"), OpenOptions.readOnly());
  }

  @Test
  void metadataNeedsNoReference() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    assertEquals(0, sizeOf(top, OpenOptions.readOnly().metadataOnly()));
  }

  @Test
  void openedAsFarAsAllowed() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    assertEquals(4096, sizeOf(top, ANY));
    assertEquals(4096, sizeOf(top, allowing(ReferencePolicy.sameDirectory())));
    assertEquals(4096, sizeOf(top, allowing(ReferencePolicy.within(directory))));
    assertDenied(top, allowing(ReferencePolicy.within(elsewhere)));
    assertDenied(top, allowing(reference -> false));
  }

  @Test
  void openedForWritingByACommitAsFarAsAllowed() throws IOException {
    Path base = Files.write(directory.resolve("full.img"), new byte[] {1, 2, 3});
    ChainedFormat.write(top, "full.img", "raw");
    try (DiskImage disk = DiskImages.open(top, OpenOptions.maintenance())) {
      assertThrows(ReferenceDeniedException.class, () -> disk.commit(ProgressListener.NONE));
    }
    OpenOptions allowed = OpenOptions.maintenance().references(ReferencePolicy.sameDirectory());
    try (DiskImage disk = DiskImages.open(top, allowed)) {
      try (DiskImage reader = DiskImages.open(base)) {
        assertEquals(512, reader.size());
        assertThrows(ImageLockedException.class, () -> disk.commit(ProgressListener.NONE));
      }
      assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(base));
      disk.commit(ProgressListener.NONE);
    }
    assertArrayEquals(new byte[3], Arrays.copyOf(Files.readAllBytes(base), 3));
  }

  @Test
  void openedByACheckAsFarAsAllowed() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    Path base = directory.resolve("base.img");
    try (DiskImage disk = DiskImages.open(top, OpenOptions.checking())) {
      assertThrows(ReferenceDeniedException.class, disk::check);
    }
    OpenOptions allowed = OpenOptions.checking().references(ReferencePolicy.sameDirectory());
    try (DiskImage reader = DiskImages.open(top, ANY);
        DiskImage disk = DiskImages.open(top, allowed)) {
      assertEquals(4096, reader.size());
      assertEquals(8, disk.check().totalClusters());
    }
    try (DiskImage disk = DiskImages.open(top, allowed)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(top, OpenOptions.writable()));
      DiskImages.open(base, OpenOptions.writable().format("raw")).close();
      assertEquals(8, disk.check().totalClusters());
    }
    try (DiskImage writer = DiskImages.open(base, OpenOptions.writable().format("raw"));
        DiskImage disk = DiskImages.open(top, allowed);
        DiskImage shared = DiskImages.open(top, allowed.shared())) {
      assertTrue(writer.isWritable());
      assertThrows(ImageLockedException.class, disk::check);
      assertEquals(8, shared.check().totalClusters());
    }
  }

  @Test
  void rawIsNotGuessedByACommit() throws IOException {
    ChainedFormat.write(top, "base.img");
    OpenOptions allowed = OpenOptions.maintenance().references(ReferencePolicy.sameDirectory());
    try (DiskImage disk = DiskImages.open(top, allowed)) {
      assertThrows(UnrecognizedFormatException.class, () -> disk.commit(ProgressListener.NONE));
    }
  }

  @Test
  void belowTheDirectoryIsWithinIt() throws IOException {
    Path below = Files.createDirectories(directory.resolve("deep/er")).resolve("base.img");
    Files.write(below, new byte[512]);
    ChainedFormat.write(top, "deep/er/base.img", "raw");
    assertEquals(512, sizeOf(top, allowing(ReferencePolicy.sameDirectory())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../elsewhere/secret.img",
        "./../elsewhere/secret.img",
        "link.img",
        "linked/secret.img",
        "sub/../../elsewhere/secret.img",
        "/absolute",
        // A directory whose name only begins like that of the image's.
        "../images2/secret.img"
      })
  void nothingLeadsOutOfTheDirectory(String name) throws IOException {
    Path secret = elsewhere.resolve("secret.img");
    Files.createSymbolicLink(directory.resolve("link.img"), secret);
    Files.createSymbolicLink(directory.resolve("linked"), elsewhere);
    Files.createDirectories(directory.resolve("sub"));
    Path similar = Files.createDirectories(temporary.toRealPath().resolve("images2"));
    Files.copy(secret, similar.resolve("secret.img"));
    String real = name.equals("/absolute") ? secret.toString() : name;
    ChainedFormat.write(top, real, "raw");
    assertDenied(top, allowing(ReferencePolicy.sameDirectory()));
    assertDenied(top, allowing(ReferencePolicy.within(directory)));
    assertEquals(8192, sizeOf(top, ANY));
  }

  @Test
  void whoeverDecidesIsToldEverything() throws IOException {
    Files.createSymbolicLink(directory.resolve("link.img"), elsewhere.resolve("secret.img"));
    ChainedFormat.write(top, "link.img", "raw");
    List<Reference> asked = new ArrayList<>();
    assertDenied(
        top,
        allowing(reference -> {
          asked.add(reference);
          return false;
        }));
    assertEquals(
        List.of(
            new Reference(
                Reference.Kind.BACKING_FILE, "link.img", top, elsewhere.resolve("secret.img"))),
        asked);
    ChainedFormat.write(top, "data:base.img");
    DiskImages.open(
            top,
            allowing(reference -> {
              asked.add(reference);
              return true;
            }))
        .close();
    assertEquals(
        new Reference(Reference.Kind.DATA_FILE, "base.img", top, directory.resolve("base.img")),
        asked.getLast());
  }

  @Test
  void aFailureToDecideIsNoPermission() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    IOException cannot = new IOException("cannot tell");
    assertEquals(
        cannot,
        assertThrows(
            IOException.class,
            () ->
                DiskImages.open(
                    top,
                    allowing(reference -> {
                      throw cannot;
                    }))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nbd:localhost:10809",
        "nbd://localhost/disk",
        "json:{\"driver\":\"file\",\"filename\":\"base.img\"}",
        "file:base.img",
        "http://example.org/disk.img",
        "fat:rw:.",
        "C:base.img",
        ":",
        "json:\nbase.img"
      })
  void protocolsAreNeverInterpreted(String name) throws IOException {
    if (!name.contains("\n") && !name.contains("/")) {
      // Even where there is a file of that name.
      Files.write(directory.resolve(name), new byte[512]);
    }
    ChainedFormat.write(top, name.replace('\n', ' '), "raw");
    ReferenceDeniedException e = assertDenied(top, ANY);
    assertTrue(e.getMessage().endsWith("it is no plain file name"), e.getMessage());
  }

  @Test
  void aColonInADirectoryIsNoProtocol() throws IOException {
    Files.write(directory.resolve("a:b.img"), new byte[1024]);
    ChainedFormat.write(top, "./a:b.img", "raw");
    assertEquals(1024, sizeOf(top, ANY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none.img",
        "none/none.img",
        // A file where a directory is named, a loop of links, a name that is too long, and nothing.
        "base.img/x",
        "loop",
        "LONG",
        "dangling"
      })
  void whatIsNotThereIsNotToldToWhomItDoesNotConcern(String name) throws IOException {
    Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(directory.resolve("dangling"), elsewhere.resolve("none.img"));
    ChainedFormat.write(top, name.equals("LONG") ? "x".repeat(5000) : name, "raw");
    assertDenied(top, OpenOptions.readOnly());
    IOException e = assertThrows(IOException.class, () -> DiskImages.open(top, ANY));
    if (e instanceof NoSuchFileException) {
      assertTrue(e.getMessage().contains(top + " names it as its backing file"), e.getMessage());
    } else {
      assertInstanceOf(DiskFormatException.class, e);
      assertTrue(e.getMessage().startsWith(top.toString()), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\0b"})
  void whatIsNoNameIsCorrupt(String name) throws IOException {
    ChainedFormat.write(top, name, "raw");
    assertThrows(DiskFormatException.class, () -> DiskImages.open(top, ANY));
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "/", "/dev/zero", "/dev/null"})
  void onlyRegularFilesAreOpened(String name) throws IOException {
    ChainedFormat.write(top, name, "raw");
    ReferenceDeniedException e = assertDenied(top, ANY);
    assertTrue(e.getMessage().contains("no regular file"), e.getMessage());
  }

  @Test
  void controlCharactersAreNotPrinted() throws IOException {
    ChainedFormat.write(top, "\u001b[2Jbase.img", "raw");
    ReferenceDeniedException e = assertDenied(top, OpenOptions.readOnly());
    assertFalse(e.getMessage().contains("\u001b"));
    assertEquals("\u001b[2Jbase.img", e.reference());
  }

  // Chains

  @Test
  void chainsAreOpenedWholeAndClosedWhole() throws IOException {
    ChainedFormat.write(directory.resolve("middle.img"), "base.img", "raw");
    ChainedFormat.write(top, "middle.img");
    DiskImage disk = DiskImages.open(top, ANY);
    DiskImage middle = disk.backing().orElseThrow();
    DiskImage base = middle.backing().orElseThrow();
    assertEquals("chained", middle.info().format());
    assertEquals("raw", base.info().format());
    disk.read(0, new byte[4096]);
    // Each is locked as a reader's.
    assertThrows(
        ImageLockedException.class,
        () -> DiskImages.open(directory.resolve("base.img"), OpenOptions.writable().format("raw")));
    disk.close();
    assertThrows(IOException.class, () -> base.read(0, new byte[1]));
    DiskImages.open(directory.resolve("base.img"), OpenOptions.writable().format("raw")).close();
  }

  @Test
  void aFailureBelowLeavesNothingOpen() throws IOException {
    ChainedFormat.write(directory.resolve("middle.img"), "none.img", "raw");
    ChainedFormat.write(top, "middle.img");
    assertThrows(NoSuchFileException.class, () -> DiskImages.open(top, ANY));
    DiskImages.open(top, OpenOptions.writable().format("raw")).close();
    DiskImages.open(directory.resolve("middle.img"), OpenOptions.writable().format("raw")).close();
  }

  @Test
  void whatIsBelowIsReadAndNotWritten() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    try (DiskImage disk =
        DiskImages.open(top, OpenOptions.writable().references(ReferencePolicy.any()))) {
      assertFalse(disk.backing().orElseThrow().isWritable());
    }
  }

  @Test
  void namesAreRelativeToTheImageThatHoldsThem() throws IOException {
    Path sub = Files.createDirectories(directory.resolve("sub"));
    Files.write(sub.resolve("base.img"), new byte[1024]);
    ChainedFormat.write(sub.resolve("middle.img"), "base.img", "raw");
    ChainedFormat.write(top, "sub/middle.img");
    assertEquals(1024, sizeOf(top, allowing(ReferencePolicy.sameDirectory())));
    // The policy is asked of each, so that the middle one cannot lead out again.
    ChainedFormat.write(sub.resolve("middle.img"), "../../elsewhere/secret.img", "raw");
    assertDenied(top, allowing(ReferencePolicy.sameDirectory()));
  }

  @Test
  void formatsAreRecordedOrProbed() throws IOException {
    Path base =
        ChainedFormat.write(directory.resolve("base.img"), "../elsewhere/secret.img", "raw");
    // Recorded as raw, it is a disk whatever it looks like.
    ChainedFormat.write(top, "base.img", "raw");
    assertEquals((Files.size(base) + 511) / 512 * 512, sizeOf(top, ANY));
    ChainedFormat.write(top, "base.img");
    assertEquals(8192, sizeOf(top, ANY));
    ChainedFormat.write(top, "base.img", "none");
    UnrecognizedFormatException e =
        assertThrows(UnrecognizedFormatException.class, () -> DiskImages.open(top, ANY));
    assertEquals(base + ": no format \"none\" is installed, only chained, raw", e.getMessage());
  }

  @Test
  void aChainThatComesBackIsRefused() throws IOException {
    ChainedFormat.write(top, "middle.img");
    for (String name : List.of("top.img", "middle.img", "link.img", "../images/top.img")) {
      ChainedFormat.write(directory.resolve("middle.img"), name);
      Files.deleteIfExists(directory.resolve("link.img"));
      Files.createLink(directory.resolve("link.img"), top);
      DiskFormatException e =
          assertThrows(DiskFormatException.class, () -> DiskImages.open(top, ANY));
      assertTrue(e.getMessage().contains("is already part of the chain"), e.getMessage());
    }
  }

  @Test
  void aChainIsNotEndless() throws IOException {
    for (int i = 0; i < 250; i++) {
      ChainedFormat.write(directory.resolve("link" + i), i == 249 ? "base.img" : "link" + (i + 1));
    }
    DiskFormatException e =
        assertThrows(
            DiskFormatException.class, () -> DiskImages.open(directory.resolve("link0"), ANY));
    assertTrue(e.getMessage().contains("longer than 200"), e.getMessage());
    try (DiskImage disk = DiskImages.open(directory.resolve("link60"), ANY)) {
      assertEquals(4096, disk.size());
      disk.read(0, new byte[4096]);
      assertEquals(190, disk.extents().next().depth());
      disk.willRead(0, 4096);
    }
  }

  // Other ways in

  @Test
  void whatIsNoFileHasNoReferences() throws IOException {
    byte[] text = "CHAINED\nbase.img\nraw".getBytes(StandardCharsets.UTF_8);
    MemoryStorage storage = MemoryStorage.of("memory", text);
    ReferenceDeniedException e =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(storage, ANY));
    assertTrue(e.getMessage().contains("the image is not a file"), e.getMessage());
    assertTrue(storage.isClosed());
  }

  @Test
  void dataIsOpenedAsTheImageIs() throws IOException {
    ChainedFormat.write(top, "data:base.img");
    Path base = directory.resolve("base.img");
    try (DiskImage disk = DiskImages.open(top, ANY)) {
      assertEquals(0, disk.size());
      DiskImages.open(base, OpenOptions.readOnly().format("raw")).close();
    }
    OpenOptions writable = OpenOptions.writable().references(ReferencePolicy.any());
    try (DiskImage disk = DiskImages.open(top, writable)) {
      assertEquals(0, disk.size());
      assertThrows(
          ImageLockedException.class,
          () -> DiskImages.open(base, OpenOptions.readOnly().format("raw")));
    }
  }

  @Test
  void sharedIsSharedDownTheChain() throws IOException {
    ChainedFormat.write(top, "base.img", "raw");
    Path base = directory.resolve("base.img");
    try (DiskImage writer = DiskImages.open(base, OpenOptions.writable().format("raw"))) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(top, ANY));
      assertEquals(4096, sizeOf(top, ANY.shared()));
      assertTrue(writer.isWritable());
    }
  }
}
