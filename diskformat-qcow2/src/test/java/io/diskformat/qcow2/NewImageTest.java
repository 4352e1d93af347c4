package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.RecordedReference;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.HookedFiles;
import io.diskformat.testing.OpenFiles;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * New images and the files that they name: all of it is made or nothing, and what is made opens.
 */
final class NewImageTest {
  private static final String NUL = "a\0b";
  private static final OpenOptions ANY = OpenOptions.readOnly().references(ReferencePolicy.any());

  @TempDir private Path temporary;
  private Path directory;
  private Path image;
  private Path data;

  @BeforeEach
  void nameFiles() throws IOException {
    directory = temporary.toRealPath();
    image = directory.resolve("image.qcow2");
    data = directory.resolve("image.data");
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    assertEquals(List.of(), OpenFiles.in(directory));
  }

  private static CreateOptions options() {
    return CreateOptions.format("qcow2").size(1 << 20);
  }

  private static CreateOptions withData() {
    return options().option("data_file", "image.data");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /** Whoever is killed meanwhile leaves no image that names a file that is not there. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theImageHasItsNameOnlyOnceItsDataHas(boolean converts) throws IOException {
    Path source = Files.write(directory.resolve("source.raw"), new byte[1 << 20]);
    List<String> broken = new ArrayList<>();
    HookedFiles files = new HookedFiles();
    files.hook((operation, isDone) -> {
      if (Files.exists(image) && !Files.exists(data)) {
        broken.add(operation);
      }
    });
    if (converts) {
      try (DiskImage disk = DiskImages.open(source, OpenOptions.readOnly().format("raw"))) {
        CreateOptions options = withData().references(ReferencePolicy.any());
        Conversion.from(disk).to(files.path(image), options).run();
      }
    } else {
      DiskImages.create(files.path(image), withData());
    }
    assertEquals(List.of(), broken);
    assertEquals(List.of(data, image, source), files());
  }

  /** QEMU takes the name of a data file relative to the directory that it runs in. */
  private void qemuImg(String verb) {
    Oracle.of("qemu-img").in(directory).run(verb, image).orFail();
  }

  // Data files

  @Test
  void theDataFileIsThereWithTheImage() throws IOException {
    byte[] written = {1, 2, 3};
    DiskImages.create(
        image,
        withData(),
        disk -> {
          disk.write(4096, written);
          assertFalse(Files.exists(data));
        });
    assertEquals(List.of(data, image), files());
    byte[] read = new byte[3];
    try (DiskImage disk = DiskImages.open(image, ANY)) {
      disk.read(4096, read);
    }
    assertArrayEquals(written, read);
    qemuImg("check");
  }

  @Test
  void aFailureLeavesNeitherFile() throws IOException {
    IOException failure = new IOException("no content");
    assertEquals(
        failure,
        assertThrows(
            IOException.class,
            () ->
                DiskImages.create(
                    image,
                    withData(),
                    disk -> {
                      disk.write(0, new byte[4096]);
                      throw failure;
                    })));
    assertEquals(List.of(), files());
    // One that comes before there is any content, but after the data file was made.
    CreateOptions tooLarge = withData().option("cluster_size", "512").size(Long.MAX_VALUE >> 1);
    assertThrows(IllegalArgumentException.class, () -> DiskImages.create(image, tooLarge));
    assertEquals(List.of(), files());
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    byte[] old = "what was there".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (Path file : List.of(image, data)) {
      Files.write(file, old);
      assertThrows(
          FileAlreadyExistsException.class,
          () -> DiskImages.create(image, withData(), disk -> disk.write(0, new byte[4096])));
      assertEquals(List.of(file), files());
      assertThrows(
          IOException.class,
          () ->
              DiskImages.create(
                  image,
                  withData().replaceExisting(),
                  disk -> {
                    disk.write(0, new byte[4096]);
                    throw new IOException("no content");
                  }));
      assertEquals(List.of(file), files());
      assertArrayEquals(old, Files.readAllBytes(file));
      Files.delete(file);
    }
  }

  /** The data file gets its name first, and loses it where the image cannot get its own. */
  @Test
  void aNameThatIsTakenMeanwhileLeavesWhatWasThere() throws IOException {
    byte[] other = {1};
    assertThrows(
        FileAlreadyExistsException.class,
        () -> DiskImages.create(image, withData(), disk -> Files.write(image, other)));
    assertEquals(List.of(image), files());
    assertArrayEquals(other, Files.readAllBytes(image));
    byte[] old = {7};
    Files.write(data, old);
    DiskImage[] user = new DiskImage[1];
    assertThrows(
        ImageLockedException.class,
        () ->
            DiskImages.create(
                image,
                withData().replaceExisting(),
                disk -> user[0] = DiskImages.open(image, OpenOptions.writable().format("raw"))));
    user[0].close();
    assertEquals(List.of(data, image), files());
    assertArrayEquals(old, Files.readAllBytes(data));
    assertArrayEquals(other, Files.readAllBytes(image));
  }

  @Test
  void anInterruptedConversionLeavesNothing() throws IOException {
    byte[] content = new byte[8 << 20];
    new Random(1).nextBytes(content);
    Path source = Files.write(directory.resolve("source.raw"), content);
    Thread caller = Thread.currentThread();
    try (DiskImage disk = DiskImages.open(source, OpenOptions.readOnly().format("raw"))) {
      Conversion conversion =
          Conversion.from(disk).to(image, withData()).progress((done, total) -> caller.interrupt());
      assertThrows(InterruptedIOException.class, conversion::run);
      assertTrue(Thread.interrupted());
    }
    assertEquals(List.of(source), files());
  }

  @Test
  void anImageThatIsNoFileNamesNoDataFile() {
    assertThrows(
        IllegalArgumentException.class,
        () -> DiskImages.create(new MemoryStorage("memory"), withData()));
  }

  // Names

  private void assertRefused(CreateOptions options, String because) throws IOException {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> DiskImages.create(image, options.replaceExisting()));
    assertTrue(e.getMessage().startsWith(image + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(because), e.getMessage());
  }

  private void assertNeverOpened(HandmadeImage handmade) throws IOException {
    Path written = handmade.write(image);
    assertThrows(DiskFormatException.class, () -> DiskImages.open(written, ANY));
    Files.delete(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:b.raw",
        "nbd:localhost:10809\n",
        "nbd://localhost/disk",
        "http://localhost/base.raw",
        "fat:rw:.",
        "C:base.raw",
        ":",
        NUL
      })
  void whatIsRefusedInOpeningIsRefusedInCreating(String name) throws IOException {
    if (!name.equals(NUL) && !name.contains("/")) {
      Files.write(directory.resolve(name), new byte[512]);
    }
    List<Path> before = files();
    String because = name.equals(NUL) ? "no file name" : "no plain file name";
    assertRefused(options().option("backing_file", name).option("backing_fmt", "raw"), because);
    assertRefused(options().option("data_file", name), because);
    assertEquals(before, files());
    if (!name.equals(NUL)) {
      assertNeverOpened(new HandmadeImage().backing(name, "raw"));
      assertNeverOpened(new HandmadeImage().dataFile(name));
    }
  }

  @Test
  void otherFormsOfAFileNameAreRecordedAndOpened() throws IOException {
    Files.write(directory.resolve("base.raw"), new byte[4096]);
    for (String name :
        List.of("file:base.raw", "json:{'driver':'raw','file.filename':'base.raw'}")) {
      DiskImages.create(
          image,
          options().option("backing_file", name).option("backing_fmt", "raw").replaceExisting());
      try (DiskImage opened = DiskImages.open(image, ANY)) {
        RecordedReference recorded = opened.info().backing().orElseThrow();
        assertEquals(name, recorded.name());
        assertEquals(
            Optional.of(directory.resolve("base.raw").toString()), recorded.resolvedName());
        assertEquals(4096, opened.backing().orElseThrow().size());
      }
    }
    CreateOptions withDriver =
        options().option("backing_file", "json:{'driver':'raw','file.filename':'base.raw'}");
    assertRefused(withDriver.option("backing_fmt", "qcow2").replaceExisting(), "says format raw");
    assertRefused(options().option("data_file", "file:x"), "no plain file name");
    CreateOptions ofAnother = options().option("backing_file", "json:{'file.filename':'b','x':1}");
    assertRefused(ofAnother.option("backing_fmt", "raw").replaceExisting(), "\"x\"");
  }

  @Test
  void namesThatCannotBeRecordedAreRefused() throws IOException {
    for (String option : List.of("backing_file", "data_file")) {
      assertRefused(options().option(option, ""), "the name is empty");
      assertRefused(options().option(option, "a\ud800"), "no file name");
      String tooLong = "d/".repeat(511) + "xx";
      assertRefused(options().option(option, tooLong), "1024 bytes");
    }
    CreateOptions backed = options().option("backing_file", "base");
    assertThrows(
        IllegalArgumentException.class,
        () -> DiskImages.create(image, backed.option("backing_fmt", "a-name-of-16-byt")));
    assertEquals(List.of(), files());
  }

  @Test
  void whatIsCreatedOpens() throws IOException {
    String longest = "./".repeat(510) + "abc";
    assertEquals(1023, longest.length());
    for (String name : List.of("./a:b.raw", "a b.raw", "\u00fc.raw", longest)) {
      Path base = Files.write(directory.resolve(name), new byte[1 << 20]);
      CreateOptions backed =
          options()
              .option("backing_file", name)
              .option("backing_fmt", "raw")
              .references(ReferencePolicy.sameDirectory());
      DiskImages.create(image, backed, disk -> disk.write(0, new byte[512]));
      DiskImages.open(image, ANY).close();
      qemuImg("map");
      Files.delete(image);
      Files.delete(base);
      DiskImages.create(image, options().option("data_file", name));
      DiskImages.open(image, ANY).close();
      qemuImg("check");
      Files.delete(image);
      Files.delete(base);
    }
  }

  @Test
  void noFileIsTwoOfAChain() throws IOException {
    byte[] old = new byte[512];
    Files.write(image, old);
    Path base = Files.write(directory.resolve("base.raw"), old);
    Files.createSymbolicLink(directory.resolve("link"), base);
    for (String name : List.of("image.qcow2", "./image.qcow2", image.toString())) {
      assertRefused(options().option("backing_file", name), "its own backing file");
      assertRefused(options().option("data_file", name), "its own data file");
    }
    assertRefused(
        options().option("backing_file", "base.raw").option("data_file", "link"), "one file");
    assertArrayEquals(old, Files.readAllBytes(base));
    // The file that is to be replaced is below the backing file.
    Path middle = new HandmadeImage().backing("image.qcow2", "raw").write(directory.resolve("m"));
    CreateOptions circle =
        options()
            .option("backing_file", "m")
            .option("backing_fmt", "qcow2")
            .references(ReferencePolicy.any())
            .replaceExisting();
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.create(image, circle, disk -> {}));
    assertTrue(e.getMessage().startsWith(middle.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("already part of the chain"), e.getMessage());
    assertArrayEquals(old, Files.readAllBytes(image));
  }

  /** Two openings of one file, of which one is for writing, would only be reported as locked. */
  @Test
  void aDataFileThatIsPartOfTheChainIsToldAsThat() throws IOException {
    OpenOptions writing = OpenOptions.writable().format("qcow2").references(ReferencePolicy.any());
    new HandmadeImage().dataFile("image.qcow2").write(image);
    for (OpenOptions options : List.of(ANY, writing)) {
      DiskFormatException own =
          assertThrows(DiskFormatException.class, () -> DiskImages.open(image, options));
      assertTrue(own.getMessage().contains("already part of the chain"), own.getMessage());
    }
    Files.write(data, new byte[1 << 20]);
    new HandmadeImage().dataFile("image.data").backing("image.data", "raw").write(image);
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> DiskImages.open(image, writing));
    assertTrue(e.getMessage().contains("already part of the chain: " + data), e.getMessage());
    Path base = new HandmadeImage().dataFile("image.data").write(directory.resolve("base"));
    new HandmadeImage().dataFile("image.data").backing("base", "qcow2").write(image);
    e = assertThrows(DiskFormatException.class, () -> DiskImages.open(image, writing));
    assertTrue(e.getMessage().startsWith(base.toString()), e.getMessage());
  }

  // Chains that are described

  @Test
  void aChainIsDescribedAsFarAsItMayBeOpened() throws IOException {
    Path middle = directory.resolve("middle");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    new HandmadeImage().backing("middle").write(image);
    new HandmadeImage().backing("none", "raw").write(middle);
    OpenOptions beside = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    for (Path path : List.of(image, link.resolve("image.qcow2"))) {
      NoSuchFileException missing =
          assertThrows(NoSuchFileException.class, () -> DiskImages.infoChain(path, beside));
      assertTrue(missing.getReason().startsWith("no such file; "), missing.getMessage());
      // Through a link to the directory as well, a missing file is in it.
      new HandmadeImage().backing("none", "raw").write(image);
      missing = assertThrows(NoSuchFileException.class, () -> DiskImages.infoChain(path, beside));
      assertTrue(missing.getReason().startsWith("no such file; " + path), missing.getMessage());
      new HandmadeImage().backing("middle").write(image);
    }
    Files.write(directory.resolve("none"), new byte[512]);
    assertEquals(
        List.of("qcow2", "qcow2", "raw"),
        DiskImages.infoChain(image, beside).stream().map(info -> info.format()).toList());
    new HandmadeImage().backing("image.qcow2").write(middle);
    DiskFormatException circle =
        assertThrows(DiskFormatException.class, () -> DiskImages.infoChain(image, beside));
    assertTrue(circle.getMessage().contains("already part of the chain"), circle.getMessage());
  }

  /** A link out of the directory reveals nothing of what is there, whether it is there or not. */
  @Test
  void aLinkThatLeadsOutTellsNothing() throws IOException {
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path outside = directory.resolve("outside");
    Files.createSymbolicLink(inside.resolve("link"), outside);
    Path inner = new HandmadeImage().backing("link", "raw").write(inside.resolve("image"));
    OpenOptions beside = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    String[] reported = new String[2];
    for (int i = 0; i < 2; i++) {
      DiskFormatException e =
          assertThrows(DiskFormatException.class, () -> DiskImages.open(inner, beside));
      reported[i] = e.getMessage();
      Files.write(outside, new byte[512]);
    }
    assertEquals(reported[0], reported[1]);
  }
}
