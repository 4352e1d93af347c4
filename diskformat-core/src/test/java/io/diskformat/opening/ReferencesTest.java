package io.diskformat.opening;

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
import io.diskformat.ImageMaintenance;
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
              + " (OpenOptions.references)",
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
    try (ImageMaintenance disk = DiskImages.maintain(top, OpenOptions.writable())) {
      assertThrows(ReferenceDeniedException.class, () -> disk.commit(ProgressListener.NONE));
    }
    OpenOptions allowed = OpenOptions.writable().references(ReferencePolicy.sameDirectory());
    try (ImageMaintenance disk = DiskImages.maintain(top, allowed)) {
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
    try (ImageMaintenance disk = DiskImages.maintain(top, OpenOptions.readOnly())) {
      assertThrows(ReferenceDeniedException.class, disk::check);
    }
    OpenOptions allowed = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    try (DiskImage reader = DiskImages.open(top, ANY);
        ImageMaintenance disk = DiskImages.maintain(top, allowed)) {
      assertEquals(4096, reader.size());
      assertEquals(8, disk.check().totalClusters());
    }
    try (ImageMaintenance disk = DiskImages.maintain(top, allowed)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(top, OpenOptions.writable()));
      DiskImages.open(base, OpenOptions.writable().format("raw")).close();
      assertEquals(8, disk.check().totalClusters());
    }
    try (DiskImage writer = DiskImages.open(base, OpenOptions.writable().format("raw"));
        ImageMaintenance disk = DiskImages.maintain(top, allowed);
        ImageMaintenance shared = DiskImages.maintain(top, allowed.shared())) {
      assertTrue(writer.isWritable());
      assertThrows(ImageLockedException.class, disk::check);
      assertEquals(8, shared.check().totalClusters());
    }
  }

  @Test
  void rawIsNotGuessedByACommit() throws IOException {
    ChainedFormat.write(top, "base.img");
    OpenOptions allowed = OpenOptions.writable().references(ReferencePolicy.sameDirectory());
    try (ImageMaintenance disk = DiskImages.maintain(top, allowed)) {
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
        "file.base:base.img",
        "http://example.org/disk.img",
        "fat:rw:.",
        "C:base.img",
        ":"
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:base.img",
        "file:../images/base.img",
        "json:{\"driver\":\"file\",\"filename\":\"base.img\"}",
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"base.img\"}}",
        "json:{\"file\": {\"filename\": \"base.img\", \"driver\": \"file\"}, \"driver\": \"raw\" }"
            + " ",
        "json:{\"file.driver\":\"file\",\"file.filename\":\"ba\\u0073e.img\"}",
        "json:{'driver':'raw','file.filename':'file:base.img'}"
      })
  void formsOfAPlainFileNamePassTheSameGate(String name) throws IOException {
    ChainedFormat.write(top, name, "raw");
    List<Reference> asked = new ArrayList<>();
    assertEquals(
        4096,
        sizeOf(
            top,
            allowing(reference -> {
              asked.add(reference);
              return true;
            })));
    assertEquals(
        List.of(
            new Reference(Reference.Kind.BACKING_FILE, name, top, directory.resolve("base.img"))),
        asked);
    assertDenied(top, OpenOptions.readOnly());
  }

  /**
   * Who reads the name of a driver, of a file literally, cannot be led elsewhere by what is in it.
   */
  @Test
  void aFileNameAfterADriverIsTakenAsItIs() throws IOException {
    Files.write(directory.resolve("nbd:a"), new byte[1024]);
    ChainedFormat.write(top, "json:{'driver':'file','filename':'nbd:a'}", "raw");
    assertEquals(1024, sizeOf(top, ANY));
    ChainedFormat.write(top, "file:nbd:a", "raw");
    assertEquals(1024, sizeOf(top, ANY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "its json: is malformed%json:",
        "its json: is malformed%json:{",
        "its json: is malformed%json:{'file.filename':'base.img'}}",
        "its json: is malformed%json:{'file.filename':'base.img',}",
        "its json: is malformed%json:{'file.filename':'base.img\\x'}",
        "its json: is malformed%json:{'file.filename':'base.img\\u12",
        "its json: is"
            + " malformed%json:{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{}}}}}}}}}}}",
        "\"file.filename\" twice%json:{'file':{'filename':'a'},'file.filename':'base.img'}",
        "no \"file.filename\"%json:{}",
        "no \"file.filename\"%json:{'driver':'raw'}",
        "no \"filename\"%json:{'driver':'file'}",
        "\"file\", which is not supported%json:{'driver':'raw','file':'base.img'}",
        "\"filename\", which is not supported%json:{'filename':'base.img'}",
        "driver \"nbd\"%json:{'driver':'raw','file':{'driver':'nbd','filename':'base.img'}}",
        "\"backing.file.filename\"%json:{'file.filename':'base.img','backing':{'file.filename':'a'}}",
        "\"offset\", which is not supported%json:{'file.filename':'base.img','offset':512}",
        "\"a?\", which is not supported%json:{'file.filename':'base.img','a\\n':[]}",
        "no plain file name%json:{'driver':'raw','file.filename':'nbd:base.img'}",
        "it says format qcow2, but the image records"
            + " raw%json:{'driver':'qcow2','file.filename':'a'}"
      })
  void whatSaysMoreThanAFileAndItsFormatIsRefusedByName(String row) throws IOException {
    int split = row.indexOf('%');
    ChainedFormat.write(top, row.substring(split + 1), "raw");
    ReferenceDeniedException e = assertDenied(top, ANY);
    assertTrue(e.getMessage().contains(row.substring(0, split)), e.getMessage());
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
    assertEquals(
        base + ": no format \"none\" is installed, only chained, luks, raw", e.getMessage());
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
  void extentsAreOpenedEachWithItsOwnAccess() throws IOException {
    Path one = Files.write(directory.resolve("one.img"), new byte[512]);
    Path other = Files.write(directory.resolve("other.img"), new byte[512]);
    ChainedFormat.write(top, "extent:one.img", "extent-rw:other.img");
    assertDenied(top, OpenOptions.readOnly());
    List<Reference> asked = new ArrayList<>();
    OpenOptions raw = OpenOptions.readOnly().format("raw");
    try (DiskImage disk = DiskImages.open(top, OpenOptions.writable().references(asked::add))) {
      assertEquals(0, disk.size());
      DiskImages.open(one, raw).close();
      assertThrows(ImageLockedException.class, () -> DiskImages.open(other, raw));
    }
    assertEquals(
        List.of(
            new Reference(Reference.Kind.EXTENT, "one.img", top, one),
            new Reference(Reference.Kind.EXTENT, "other.img", top, other)),
        asked);
    // Where the image is only read, so are they.
    try (DiskImage disk = DiskImages.open(top, ANY)) {
      assertEquals(0, disk.size());
      DiskImages.open(other, raw).close();
    }
    ChainedFormat.write(top, "extent:top.img");
    assertThrows(DiskFormatException.class, () -> DiskImages.open(top, ANY));
    ChainedFormat.write(top, "extent:/dev/null");
    assertDenied(top, ANY);
  }

  // Files that the caller names

  @Test
  void whatTheCallerNamesIsAllowedAsAnImageWhereverItIs() throws IOException {
    Path secret = elsewhere.resolve("secret.img");
    Path link = Files.createSymbolicLink(directory.resolve("link.img"), secret);
    ReferencePolicy named = ReferencePolicy.images(elsewhere.resolve("none.img"), link);
    ChainedFormat.write(top, "../elsewhere/secret.img", "raw");
    assertEquals(8192, sizeOf(top, allowing(named)));
    assertEquals(8192, sizeOf(top, allowing(ReferencePolicy.deny().or(named))));
    assertEquals(8192, sizeOf(top, allowing(named.or(ReferencePolicy.deny()))));
    assertDenied(top, allowing(ReferencePolicy.images()));
    ChainedFormat.write(top, "base.img", "raw");
    assertDenied(top, allowing(named));
    // Who may open one that is not there learns that.
    ChainedFormat.write(top, "../elsewhere/none.img", "raw");
    assertThrows(NoSuchFileException.class, () -> DiskImages.open(top, allowing(named)));
    ChainedFormat.write(top, "data:../elsewhere/secret.img");
    assertDenied(top, allowing(named));
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
