package io.diskformat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskImagesTest {
  @TempDir Path directory;

  private Path image(String name, String content) throws IOException {
    return Files.write(directory.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  // Recognizing

  @Test
  void formatsAreThoseInstalled() {
    // The first of them is one of these tests.
    assertEquals(List.of("chained", "luks", "raw"), DiskImages.formats());
  }

  @Test
  void probesByMarks() throws IOException {
    assertEquals(Optional.of("chained"), DiskImages.probe(image("a", "CHAINED\n")));
    assertEquals(Optional.empty(), DiskImages.probe(image("b", "something else")));
    assertEquals(Optional.empty(), DiskImages.probe(image("c", "")));
    assertEquals(
        Optional.empty(), DiskImages.probe(Files.write(directory.resolve("d"), new byte[100_000])));
    assertThrows(NoSuchFileException.class, () -> DiskImages.probe(directory.resolve("none")));
  }

  @Test
  void whatHasNoMarkIsRawToReadersAlone() throws IOException {
    Path path = image("plain.img", "x".repeat(1024));
    try (DiskImage disk = DiskImages.open(path)) {
      assertEquals("raw", disk.info().format());
      assertFalse(disk.isWritable());
    }
    UnrecognizedFormatException e =
        assertThrows(
            UnrecognizedFormatException.class, () -> DiskImages.open(path, OpenOptions.writable()));
    assertEquals(
        path + ": of no format that is recognized, and not taken for raw unless named so",
        e.getMessage());
    DiskImages.open(path, OpenOptions.writable().format("raw")).close();
    DiskImages.open(path, OpenOptions.writable().format("RAW")).close();
  }

  @Test
  void anUnknownFormatIsToldWithThoseInstalled() throws IOException {
    Path path = image("plain.img", "x");
    UnrecognizedFormatException e =
        assertThrows(
            UnrecognizedFormatException.class,
            () -> DiskImages.open(path, OpenOptions.readOnly().format("qcow9")));
    assertEquals(
        path + ": no format \"qcow9\" is installed, only chained, luks, raw", e.getMessage());
    e =
        assertThrows(
            UnrecognizedFormatException.class,
            () -> DiskImages.create(directory.resolve("new"), CreateOptions.format("qcow9")));
    assertEquals("no format \"qcow9\" is installed, only chained, luks, raw", e.getMessage());
    assertEquals(List.of("plain.img"), files());
  }

  @Test
  void aNamedFormatIsNotProbed() throws IOException {
    Path path = image("marked.img", "CHAINED\nnone.img");
    try (DiskImage disk = DiskImages.open(path, OpenOptions.readOnly().format("raw"))) {
      assertEquals(512, disk.size());
    }
    assertThrows(
        DiskFormatException.class,
        () -> DiskImages.open(image("plain.img", "x"), OpenOptions.readOnly().format("chained")));
  }

  @Test
  void aStorageIsOwnedByTheImageOrClosed() throws IOException {
    MemoryStorage plain = MemoryStorage.of("memory", new byte[512]);
    assertThrows(
        UnrecognizedFormatException.class, () -> DiskImages.open(plain, OpenOptions.writable()));
    assertTrue(plain.isClosed());
    MemoryStorage other = MemoryStorage.of("memory", new byte[512]);
    DiskImages.open(other, OpenOptions.readOnly()).close();
    assertTrue(other.isClosed());
  }

  @Test
  void aDescriptionIsReadWhateverTheOptionsAreFor() throws IOException {
    Path path = directory.resolve("described.img");
    Files.write(path, new byte[1024]);
    List<ImageInfo> chain = DiskImages.infoChain(path, OpenOptions.writable());
    assertEquals(List.of("raw"), chain.stream().map(ImageInfo::format).toList());
  }

  // Creating

  @Test
  void createsWhereNothingIs() throws IOException {
    Path path = directory.resolve("new.img");
    CreateOptions options = CreateOptions.format("raw").size(4096);
    DiskImages.create(path, options);
    FileAlreadyExistsException e =
        assertThrows(FileAlreadyExistsException.class, () -> DiskImages.create(path, options));
    assertTrue(e.getMessage().contains("already there"), e.getMessage());
    DiskImages.create(path, options.size(512).replaceExisting());
    assertEquals(512, Files.size(path));
    assertEquals(List.of("new.img"), files());
  }

  @Test
  void createsWithContentOrNotAtAll() throws IOException {
    Path path = directory.resolve("new.img");
    CreateOptions options = CreateOptions.format("raw").size(4096);
    IOException failure = new IOException("no content");
    assertEquals(
        failure,
        assertThrows(
            IOException.class,
            () ->
                DiskImages.create(
                    path,
                    options,
                    image -> {
                      image.write(0, new byte[100]);
                      throw failure;
                    })));
    assertEquals(List.of(), files());
    DiskImages.create(path, options, image -> image.write(10, new byte[] {1, 2, 3}));
    assertEquals(List.of("new.img"), files());
    byte[] expected = new byte[4096];
    System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 10, 3);
    assertArrayEquals(expected, Files.readAllBytes(path));
  }

  // Options

  @Test
  void openOptionsAreImmutable() {
    OpenOptions plain = OpenOptions.readOnly();
    ReferencePolicy policy = ReferencePolicy.any();
    OpenOptions all = plain.format("raw").references(policy).shared().metadataOnly();
    assertNotSame(plain, all);
    assertFalse(plain.isWritable());
    assertEquals(Optional.empty(), plain.format());
    assertFalse(plain.isShared());
    assertFalse(plain.isMetadataOnly());
    assertFalse(all.isWritable());
    assertEquals(Optional.of("raw"), all.format());
    assertEquals(policy, all.references());
    assertTrue(all.isShared());
    assertTrue(all.isMetadataOnly());
    OpenOptions writable = OpenOptions.writable().references(policy).format("raw");
    assertTrue(writable.isWritable());
    assertEquals(policy, writable.references());
    assertTrue(writable.shared().isWritable());
    assertFalse(writable.isShared());
    assertTrue(writable.metadataOnly().isWritable());
    assertEquals(ReferencePolicy.deny(), OpenOptions.writable().references());
    assertThrows(NullPointerException.class, () -> plain.format(null));
    assertThrows(NullPointerException.class, () -> plain.references(null));
  }

  @Test
  void createOptionsAreImmutable() {
    CreateOptions plain = CreateOptions.format("raw");
    CreateOptions all = plain.size(1000).option("b", "1").option("a", "2").replaceExisting();
    assertEquals(0, plain.size());
    assertEquals(Map.of(), plain.options());
    assertFalse(plain.replacesExisting());
    assertEquals("raw", all.format());
    assertEquals(1024, all.size());
    assertTrue(all.replacesExisting());
    // In the order in which they were given, the later one of a name counting.
    assertEquals(List.of("b", "a"), List.copyOf(all.options().keySet()));
    assertEquals(Optional.of("3"), all.option("b", "3").option("b"));
    assertEquals(Optional.of("1"), all.option("b"));
    assertEquals(Optional.empty(), all.option("c"));
    assertThrows(UnsupportedOperationException.class, () -> all.options().clear());
  }

  @Test
  void sizesAreWholeSectors() {
    CreateOptions options = CreateOptions.format("raw");
    assertEquals(0, options.size(0).size());
    assertEquals(512, options.size(1).size());
    assertEquals(512, options.size(512).size());
    assertEquals(Long.MAX_VALUE - 511, options.size(Long.MAX_VALUE - 511).size());
    for (long wrong : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 510}) {
      assertThrows(IllegalArgumentException.class, () -> options.size(wrong));
    }
  }

  @Test
  void infoKeepsCopies() {
    Map<String, Object> details = new java.util.HashMap<>(Map.of("a", 1L));
    List<Snapshot> snapshots = new java.util.ArrayList<>();
    List<RecordedReference> references = new java.util.ArrayList<>();
    ImageInfo info =
        new ImageInfo(
            "raw",
            "file",
            0,
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            false,
            Optional.empty(),
            references,
            Optional.empty(),
            snapshots,
            details);
    details.clear();
    references.add(
        RecordedReference.named(
            Reference.Kind.DATA_FILE, "data", Optional.empty(), Optional.empty()));
    snapshots.add(
        new Snapshot("1", "", 0, 0, java.time.Instant.EPOCH, java.time.Duration.ZERO, -1));
    assertEquals(Map.of("a", 1L), info.details());
    assertEquals(List.of(), info.snapshots());
    assertEquals(List.of(), info.references());
    assertThrows(UnsupportedOperationException.class, () -> info.details().clear());
  }
}
