package io.diskformat.qcow2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.RecordedReference;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.testing.OpenFiles;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of other files in an image lead only where the caller's policy allows it. */
class ReferencesTest {
  private static final OpenOptions SAME_DIRECTORY =
      OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
  private static final OpenOptions ANY = OpenOptions.readOnly().references(ReferencePolicy.any());

  @TempDir private Path root;
  private Path directory;
  private Path secret;

  /** The two ways in which an image names another file. */
  @SuppressWarnings("ImmutableEnumChecker") // a method reference is immutable
  enum Kind {
    BACKING(HandmadeImage::backing),
    DATA(HandmadeImage::dataFile);

    private final BiFunction<HandmadeImage, String, HandmadeImage> naming;

    Kind(BiFunction<HandmadeImage, String, HandmadeImage> naming) {
      this.naming = naming;
    }

    Path image(Path directory, String name) throws IOException {
      return naming.apply(new HandmadeImage(), name).write(directory.resolve("image.qcow2"));
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    directory = Files.createDirectory(root.resolve("images"));
    secret = Files.writeString(root.resolve("secret"), "secret".repeat(1000));
  }

  // Policies

  @ParameterizedTest
  @EnumSource
  void nothingIsOpenedByDefault(Kind kind) throws IOException {
    Files.write(directory.resolve("base"), new byte[512]);
    Path image = kind.image(directory, "base");
    ReferenceDeniedException denied =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(image));
    assertEquals("base", denied.reference());
    assertTrue(denied.getMessage().contains("policy"), denied.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void denialDoesNotTellWhetherTheFileExists(Kind kind) throws IOException {
    Path image = kind.image(directory, "no such file");
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(image));
  }

  @ParameterizedTest
  @EnumSource
  void sameDirectoryAllowsFilesInAndBelowIt(Kind kind) throws IOException {
    Files.write(directory.resolve("base"), new byte[512]);
    Path below = Files.createDirectory(directory.resolve("below"));
    Files.write(below.resolve("base"), new byte[512]);
    for (String name : List.of("base", "./base", "below/base", "below/../base")) {
      DiskImages.open(kind.image(directory, name), SAME_DIRECTORY).close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameDirectoryDeniesWhateverLeadsOutOfIt(Kind kind) throws IOException {
    Files.createSymbolicLink(directory.resolve("link"), secret);
    Files.createSymbolicLink(directory.resolve("up"), root);
    Path likeIt = Files.createDirectory(root.resolve("images-of-another"));
    Files.write(likeIt.resolve("base"), new byte[512]);
    for (String name :
        List.of(
            "../secret",
            "below/../../secret",
            "../images-of-another/base",
            secret.toString(),
            "link",
            "up/secret",
            "/etc/passwd",
            "/dev/zero")) {
      Path image = kind.image(directory, name);
      assertThrows(
          ReferenceDeniedException.class, () -> DiskImages.open(image, SAME_DIRECTORY), name);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameDirectoryIsThatOfTheImageThatNamesTheFile(Kind kind) throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    Files.write(directory.resolve("base"), new byte[512]);
    kind.image(below, "../base");
    Path top =
        new HandmadeImage()
            .backing("below/image.qcow2", "qcow2")
            .write(directory.resolve("top.qcow2"));
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(top, SAME_DIRECTORY));
    OpenOptions within = OpenOptions.readOnly().references(ReferencePolicy.within(directory));
    DiskImages.open(top, within).close();
  }

  @ParameterizedTest
  @EnumSource
  void withinAllowsOneDirectory(Kind kind) throws IOException {
    Path other = Files.createDirectory(root.resolve("other"));
    Files.write(other.resolve("base"), new byte[512]);
    OpenOptions within = OpenOptions.readOnly().references(ReferencePolicy.within(other));
    DiskImages.open(kind.image(directory, "../other/base"), within).close();
    Path image = kind.image(directory, "../secret");
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(image, within));
  }

  @ParameterizedTest
  @EnumSource
  void theNameIsRelativeToTheImageAlsoThroughALinkToTheDirectory(Kind kind) throws IOException {
    Files.write(directory.resolve("base"), new byte[512]);
    kind.image(directory, "base");
    Path link = Files.createSymbolicLink(root.resolve("link"), directory);
    DiskImages.open(link.resolve("image.qcow2"), SAME_DIRECTORY).close();
  }

  @ParameterizedTest
  @EnumSource
  void aPolicyIsAskedAboutTheFileThatTheNameLeadsTo(Kind kind) throws IOException {
    Files.createSymbolicLink(directory.resolve("link"), secret);
    List<Reference> asked = new ArrayList<>();
    OpenOptions options =
        OpenOptions.readOnly()
            .references(reference -> {
              asked.add(reference);
              return true;
            });
    Path image = kind.image(directory, "link");
    DiskImages.open(image, options).close();
    assertEquals(1, asked.size());
    assertEquals("link", asked.getFirst().name());
    assertEquals(secret.toRealPath(), asked.getFirst().target());
    assertEquals(image.toAbsolutePath(), asked.getFirst().from());
  }

  // Names that are never opened

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json:{\"driver\":\"nbd\",\"filename\":\"/etc/passwd\"}",
        "nbd://localhost/x",
        "nbd:unix:/tmp/socket",
        "http://localhost/base",
        "ssh:\n//localhost/base",
        "fd:3",
        "base:"
      })
  void protocolsAreNotInterpreted(String name) throws IOException {
    Files.write(directory.resolve("base"), new byte[512]);
    for (Kind kind : Kind.values()) {
      Path image = kind.image(directory, name);
      ReferenceDeniedException denied =
          assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(image, ANY));
      assertEquals(name, denied.reference());
    }
  }

  /** Of a backing file, these say no more than its name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "json:{\"driver\":\"file\",\"filename\":\"../base\"}",
        "file:../base",
        "file:///etc/passwd"
      })
  void aPlainFileIsAskedOfThePolicyHoweverItIsNamed(String name) throws IOException {
    Path backed = Kind.BACKING.image(directory, name);
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(backed, SAME_DIRECTORY));
    Path withData = Kind.DATA.image(directory, name);
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(withData, ANY));
  }

  @ParameterizedTest
  @EnumSource
  void aColonInAFileNameIsAllowedAfterASlash(Kind kind) throws IOException {
    Files.write(directory.resolve("a:b"), new byte[512]);
    DiskImages.open(kind.image(directory, "./a:b"), SAME_DIRECTORY).close();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoRegularFileIsNotOpened(Kind kind) throws IOException {
    Oracle.of("mkfifo").run(directory.resolve("fifo")).orFail();
    Files.createDirectory(directory.resolve("directory"));
    for (String name : List.of("fifo", "directory", ".", "/dev/zero", "/dev/null", "/dev/tty")) {
      Path image = kind.image(directory, name);
      // A FIFO that is opened waits for a writer for ever.
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThrows(
                  ReferenceDeniedException.class, () -> DiskImages.open(image, ANY), name));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingFileIsAnIoException(Kind kind) throws IOException {
    Path image = kind.image(directory, "missing");
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> DiskImages.open(image, ANY));
    assertTrue(missing.getMessage().contains("missing"), missing.getMessage());
    assertTrue(missing.getMessage().contains("image.qcow2"), missing.getMessage());
  }

  @Test
  void aNameThatIsNoFileNameIsCorrupt() throws IOException {
    Path image = new HandmadeImage().backing("a\0b").write(directory.resolve("image.qcow2"));
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(image, ANY));
    assertTrue(e.getMessage().contains("image.qcow2"), e.getMessage());
  }

  @Test
  void controlCharactersOfANameAreNotInMessages() throws IOException {
    Path image =
        new HandmadeImage().backing("a\r\n\u001b[31mb").write(directory.resolve("image.qcow2"));
    ReferenceDeniedException denied =
        assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(image));
    assertTrue(denied.getMessage().chars().noneMatch(Character::isISOControl));
  }

  @Test
  void anExternalDataFileMustBeNamed() throws IOException {
    Path image =
        new HandmadeImage()
            .incompatible(HandmadeImage.EXTERNAL_DATA)
            .write(directory.resolve("image.qcow2"));
    assertThrows(CorruptImageException.class, () -> DiskImages.open(image, ANY));
  }

  @Test
  void aDataFileThatIsNamedButNotNeededIsNotOpened() throws IOException {
    Path image =
        new HandmadeImage()
            .extension(HandmadeImage.DATA_FILE, "/dev/zero".getBytes(UTF_8))
            .write(directory.resolve("image.qcow2"));
    DiskImages.open(image).close();
  }

  /** One tool would take the first name and another the last. */
  @ParameterizedTest
  @ValueSource(ints = {HandmadeImage.DATA_FILE, HandmadeImage.BACKING_FORMAT})
  void anExtensionThatIsThereTwiceIsCorrupt(int type) throws IOException {
    Files.write(directory.resolve("raw"), new byte[512]);
    Path image =
        new HandmadeImage()
            .incompatible(HandmadeImage.EXTERNAL_DATA)
            .backing("raw")
            .extension(HandmadeImage.DATA_FILE, "raw".getBytes(UTF_8))
            .extension(HandmadeImage.BACKING_FORMAT, "raw".getBytes(UTF_8))
            .extension(type, "raw".getBytes(UTF_8))
            .write(directory.resolve("image.qcow2"));
    assertThrows(CorruptImageException.class, () -> DiskImages.open(image, ANY));
  }

  // Chains

  @Test
  void anImageThatIsItsOwnBackingFileIsRefused() throws IOException {
    Path image = new HandmadeImage().backing("image.qcow2").write(directory.resolve("image.qcow2"));
    assertRefused(image, "already part of the chain");
  }

  @Test
  void aChainThatComesBackIsRefused() throws IOException {
    new HandmadeImage().backing("b").write(directory.resolve("a"));
    new HandmadeImage().backing("c").write(directory.resolve("b"));
    new HandmadeImage().backing("./../images/b").write(directory.resolve("c"));
    assertRefused(directory.resolve("a"), "already part of the chain");
  }

  @Test
  void aChainThatComesBackThroughLinksIsRefused() throws IOException {
    Path image = new HandmadeImage().backing("hard").write(directory.resolve("image.qcow2"));
    Files.createLink(directory.resolve("hard"), image);
    assertRefused(image, "already part of the chain");
    new HandmadeImage().backing("soft").write(image);
    Files.createSymbolicLink(directory.resolve("soft"), image);
    assertRefused(image, "already part of the chain");
  }

  @Test
  void aVeryLongChainIsRefused() throws IOException {
    for (int i = 0; i < 1000; i++) {
      new HandmadeImage()
          .clusterBits(9)
          .size(4096)
          .backing(String.valueOf(i + 1), "qcow2")
          .write(directory.resolve(String.valueOf(i)));
    }
    new HandmadeImage().clusterBits(9).size(4096).withData().write(directory.resolve("1000"));
    assertRefused(directory.resolve("0"), "longer than");
    assertEquals(List.of(), OpenFiles.in(directory));
    try (DiskImage image = DiskImages.open(directory.resolve("900"), SAME_DIRECTORY)) {
      byte[] content = new byte[4096];
      image.read(0, content);
      assertEquals(0x5a, content[511]);
      assertEquals(0, content[512]);
      assertEquals(100, image.extents().next().depth());
    }
    assertEquals(List.of(), OpenFiles.in(directory));
  }

  private static void assertRefused(Path image, String because) {
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(image, SAME_DIRECTORY));
    assertTrue(e.getMessage().contains(because), e.getMessage());
  }

  // Formats

  @Test
  void theRecordedFormatOfABackingFileIsNotProbed() throws IOException {
    byte[] looksLikeQcow2 = new HandmadeImage().withData().bytes();
    Files.write(directory.resolve("base"), looksLikeQcow2);
    Path image = new HandmadeImage().backing("base", "raw").write(directory.resolve("image.qcow2"));
    try (DiskImage opened = DiskImages.open(image, SAME_DIRECTORY)) {
      byte[] content = new byte[looksLikeQcow2.length];
      opened.read(0, content);
      assertArrayEquals(looksLikeQcow2, content);
      assertEquals("raw", opened.backing().orElseThrow().info().format());
    }
    new HandmadeImage().backing("base").write(image);
    try (DiskImage opened = DiskImages.open(image, SAME_DIRECTORY)) {
      assertEquals("qcow2", opened.backing().orElseThrow().info().format());
    }
  }

  @Test
  void aBackingFileOfAnUnknownFormatIsRefused() throws IOException {
    Files.write(directory.resolve("base"), new byte[512]);
    Path image =
        new HandmadeImage().backing("base", "bochs").write(directory.resolve("image.qcow2"));
    UnrecognizedFormatException e =
        assertThrows(
            UnrecognizedFormatException.class, () -> DiskImages.open(image, SAME_DIRECTORY));
    assertTrue(e.getMessage().contains("bochs"), e.getMessage());
  }

  @Test
  void aBackingFileThatIsCorruptIsNamed() throws IOException {
    Files.write(directory.resolve("base"), new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3});
    Path image = new HandmadeImage().backing("base").write(directory.resolve("image.qcow2"));
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> DiskImages.open(image, SAME_DIRECTORY));
    assertTrue(e.getMessage().contains("images/base"), e.getMessage());
  }

  // Metadata only

  @Test
  void metadataOnlyOpensNothingElse() throws IOException {
    Path image =
        new HandmadeImage()
            .backing("fifo", "raw")
            .dataFile("fifo")
            .write(directory.resolve("image.qcow2"));
    Oracle.of("mkfifo").run(directory.resolve("fifo")).orFail();
    List<Reference> asked = new ArrayList<>();
    OpenOptions options =
        OpenOptions.readOnly().metadataOnly().references(reference -> asked.add(reference));
    try (DiskImage opened = DiskImages.open(image, options)) {
      ImageInfo info = opened.info();
      assertEquals("fifo", info.backing().orElseThrow().name());
      assertEquals(Optional.of("raw"), info.backing().orElseThrow().format());
      assertEquals("fifo", info.details().get("data-file"));
      Optional<String> fifo = Optional.of(directory.resolve("fifo").toString());
      assertEquals(
          List.of(
              RecordedReference.named(
                  Reference.Kind.BACKING_FILE, "fifo", fifo, Optional.of("raw")),
              RecordedReference.named(Reference.Kind.DATA_FILE, "fifo", fifo, Optional.empty())),
          info.references());
      assertEquals(Optional.empty(), opened.backing());
      assertEquals(1 << 20, opened.size());
    }
    assertEquals(List.of(), asked);
  }

  /** As it would be read without what it is a difference to. */
  @Test
  void metadataOnlyOpensNoSnapshotEither() throws IOException {
    Files.write(directory.resolve("base"), new byte[] {1, 2, 3});
    Path image = new HandmadeImage().backing("base", "raw").write(directory.resolve("image.qcow2"));
    Oracle.qemuImg("snapshot", "-c", "first", image).orFail();
    try (DiskImage opened = DiskImages.open(image, OpenOptions.readOnly().metadataOnly())) {
      assertEquals("first", opened.info().snapshots().getFirst().name());
      assertThrows(UnsupportedOperationException.class, () -> opened.openSnapshot("first"));
    }
  }

  @Test
  void metadataOfWhatIsNeverOpenedIsTold() throws IOException {
    Path image =
        new HandmadeImage()
            .backing("json:{\"driver\":\"nbd\"}")
            .write(directory.resolve("image.qcow2"));
    try (DiskImage opened = DiskImages.open(image, OpenOptions.readOnly().metadataOnly())) {
      RecordedReference backing = opened.info().backing().orElseThrow();
      assertEquals("json:{\"driver\":\"nbd\"}", backing.name());
      assertEquals(Optional.empty(), backing.resolvedName());
    }
  }

  /** Or it would pass for an image that stands alone. */
  @Test
  void aDataFileThatIsNotNamedIsAReferenceAllTheSame() throws IOException {
    Path image = new HandmadeImage().dataFile("").write(directory.resolve("image.qcow2"));
    try (DiskImage opened = DiskImages.open(image, OpenOptions.readOnly().metadataOnly())) {
      assertEquals(Reference.Kind.DATA_FILE, opened.info().references().getFirst().kind());
      assertEquals(Optional.empty(), opened.info().references().getFirst().resolvedName());
    }
    assertThrows(DiskFormatException.class, () -> DiskImages.open(image, ANY));
    Path alone = new HandmadeImage().write(directory.resolve("alone.qcow2"));
    try (DiskImage opened = DiskImages.open(alone)) {
      assertEquals(List.of(), opened.info().references());
    }
  }

  /** Each as its user would spell it: by the links that lead to a directory, not to an image. */
  @Test
  void namesOfAChainAreSpelledAsTheyLeadThere() throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    Files.createSymbolicLink(directory.resolve("linked"), below);
    Files.write(below.resolve("base"), new byte[512]);
    Path middle = new HandmadeImage().backing("base", "raw").write(below.resolve("middle"));
    Path image =
        new HandmadeImage()
            .backing("linked/middle", "qcow2")
            .write(directory.resolve("image.qcow2"));
    assertEquals(List.of("image.qcow2", "linked/middle", "linked/base"), namesOf(image, directory));
    Files.createSymbolicLink(directory.resolve("link"), middle);
    Path other =
        new HandmadeImage().backing("link", "qcow2").write(directory.resolve("other.qcow2"));
    assertEquals(List.of("other.qcow2", "link", "below/base"), namesOf(other, directory));
  }

  /** Returns how the images of a chain are called, which is where those above say that they are. */
  private static List<String> namesOf(Path image, Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    Optional<String> recorded = Optional.of(image.toString());
    for (ImageInfo info : DiskImages.infoChain(image, SAME_DIRECTORY)) {
      assertEquals(recorded, Optional.of(info.file()));
      names.add(directory.relativize(Path.of(info.file())).toString());
      recorded = info.backing().flatMap(RecordedReference::resolvedName);
    }
    return names;
  }

  // The short end of a backing file

  /** A raw file need not be whole sectors: the rest of its last one reads as zeroes. */
  @Test
  void aReadWithinTheLastSectorBeyondTheEndOfARawBackingFile() throws IOException {
    byte[] base = new byte[1000];
    java.util.Arrays.fill(base, (byte) 7);
    Files.write(directory.resolve("base"), base);
    Path image = new HandmadeImage().backing("base", "raw").write(directory.resolve("image.qcow2"));
    try (DiskImage opened = DiskImages.open(image, SAME_DIRECTORY)) {
      for (int offset = 990; offset < 1040; offset++) {
        byte[] target = new byte[20];
        opened.read(offset, target);
        for (int i = 0; i < target.length; i++) {
          assertEquals(offset + i < 1000 ? 7 : 0, target[i]);
        }
      }
    }
  }

  // Names that are no text

  @ParameterizedTest
  @EnumSource
  void aNameThatIsNoTextIsToldByItsBytes(Kind kind) throws IOException {
    // What reading the byte as U+FFFD would lead to.
    Files.write(directory.resolve("b\ufffd.raw"), new byte[512]);
    Path image = kind.image(directory, "b@.raw");
    byte[] bytes = Files.readAllBytes(image);
    for (int i = 0; i + 1 < bytes.length; i++) {
      if (bytes[i] == 'b' && bytes[i + 1] == '@') {
        bytes[i + 1] = (byte) 0xff;
      }
    }
    Files.write(image, bytes);
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(image, ANY));
    assertTrue(e.getMessage().contains("62ff2e726177"), e.getMessage());
    try (DiskImage opened = DiskImages.open(image, ANY.metadataOnly())) {
      assertTrue(opened.info().toString().contains("b\udcff.raw"), opened.info().toString());
    }
  }
}
