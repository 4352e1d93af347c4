package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that images of which nothing is mapped are no second class: those in a storage of the
 * caller's, and in a sparse file on a tmpfs, where it is skipped if there is none. A test class
 * supplies layouts.
 */
public abstract class UnmappedProof extends Proof {
  private static final Path TMPFS = Path.of("/dev/shm");
  private static final int MIB = 1 << 20;
  private static final int PAGE = 4096;

  private Path image = TMPFS;

  /** Creates a proof of a format. */
  protected UnmappedProof(FormatUnderTest format) {
    super(format);
  }

  /**
   * Returns layouts of images, for {@link FormatUnderTest#create}, whose units have 4 KiB or more.
   */
  protected abstract List<String> layouts();

  /** Returns layouts with units so small that many of them are written at once. */
  protected abstract List<String> layoutsOfSmallUnits();

  /**
   * Creates an image of which all units have a place and none was written, so that the file has
   * holes there.
   */
  protected abstract void createPreallocated(Path file) throws IOException;

  /** Creates a file on a tmpfs. */
  @BeforeEach
  public final void chooseFile() throws IOException {
    assumeTrue(
        Files.isDirectory(TMPFS) && Files.getFileStore(TMPFS).type().equals("tmpfs"),
        "no tmpfs here");
    image = Files.createTempDirectory(TMPFS, "unmapped").resolve("image." + format().name());
  }

  /** Deletes that file. */
  @AfterEach
  public final void deleteFile() throws IOException {
    if (!image.equals(TMPFS)) {
      Files.deleteIfExists(image);
      Files.delete(image.getParent());
      image = TMPFS;
    }
  }

  private FileStorage open() throws IOException {
    FileStorage storage = FileStorage.open(image, true, Sharing.LOCKED);
    // As a hole there, which stays one; what is asked for first decides whether it is mapped.
    storage.resize(storage.size() + 64 * MIB);
    storage.readLong(0);
    assertEquals(0, storage.mapped().byteSize());
    return storage;
  }

  /** What is written to a sparse file is there when the image is opened again. */
  @ParameterizedTest
  @MethodSource({"layouts", "layoutsOfSmallUnits"})
  public final void aSparseFileInMemoryHoldsWhatWasWritten(String layout) throws IOException {
    int size = 32 * MIB;
    format().create(image, layout, size);
    DiskModel model = new DiskModel(size);
    Random random = new Random(Seeds.of(getClass()));
    try (DiskImage disk = DiskImages.open(open(), format().writable())) {
      for (int i = 0; i < 400; i++) {
        long offset = 512L * random.nextInt(size / 512 - 256);
        int length = 512 * (1 + random.nextInt(1 << random.nextInt(8)));
        switch (random.nextInt(8)) {
          case 0 -> model.writeZeroes(disk, offset, length);
          case 1 -> model.flush(disk);
          default -> model.write(disk, offset, length);
        }
        if (i % 100 == 0) {
          model.verify(disk);
        }
      }
      model.verify(disk);
      model.flush(disk);
    }
    try (DiskImage disk = DiskImages.open(image, format().readOnly())) {
      model.verify(disk);
    }
    assertEquals("", format().problemOf(image));
    verifyElsewhere(image, layout, model);
  }

  /**
   * Compares an image with what it should hold by means of another program, where one reads it. By
   * default, does nothing.
   */
  protected void verifyElsewhere(Path file, String layout, DiskModel model) throws IOException {}

  /** The tables being known by then, each read of the disk is one read of the storage. */
  @ParameterizedTest
  @MethodSource("eachLayoutReadAndWritten")
  public final void aReadIsOneRead(String layout, boolean writable) throws IOException {
    int size = 8 * MIB;
    format().create(image, layout, size);
    byte[] content = RandomContent.of(1, 0, size);
    try (DiskImage disk = DiskImages.open(image, format().writable())) {
      disk.write(0, content);
    }
    FaultyStorage storage = new FaultyStorage(FormatUnderTest.inMemory(image));
    OpenOptions opening = writable ? format().writable() : format().readOnly();
    try (DiskImage disk = DiskImages.open(new CachedStorage(storage), opening)) {
      byte[] found = new byte[size];
      disk.read(0, found);
      assertArrayEquals(content, found);
      byte[] page = new byte[PAGE];
      Random random = new Random(1);
      storage.failReadAfter(1000);
      for (int i = 0; i < 1000; i++) {
        disk.read((long) PAGE * random.nextInt(size / PAGE), page);
      }
      assertThrows(IOException.class, () -> disk.read(0, page));
    }
  }

  /** Returns each layout, to be opened for reading and for writing. */
  public final Stream<Arguments> eachLayoutReadAndWritten() {
    return eachWith(layouts());
  }

  private static Stream<Arguments> eachWith(List<String> layouts) {
    return layouts.stream()
        .flatMap(layout -> Stream.of(Arguments.of(layout, false), Arguments.of(layout, true)));
  }

  /** A reader sees a version that was the last one at some moment while it read. */
  @ParameterizedTest
  @MethodSource("eachSmallLayoutWithManyAndFewPages")
  public final void eachSectorIsLinearizable(String layout, boolean fewPages) throws Exception {
    format().create(image, layout, ConcurrentWrites.SIZE);
    Storage storage = fewPages ? new CachedStorage(open(), 512, 0) : open();
    try (DiskImage disk = DiskImages.open(storage, format().writable())) {
      new ConcurrentWrites().run(disk, Seeds.of(getClass()));
    }
    assertEquals("", format().problemOf(image));
  }

  /** Returns each layout of small units, with as many pages of tables as usual and with few. */
  public final Stream<Arguments> eachSmallLayoutWithManyAndFewPages() {
    return eachWith(layoutsOfSmallUnits());
  }

  /** Reading a hole of a file on a tmpfs takes no memory. */
  @Test
  public final void readingFillsNoHole() throws IOException {
    createPreallocated(image);
    try (DiskImage disk = DiskImages.open(image, format().readOnly())) {
      long before = disk.info().allocatedSize().orElseThrow();
      byte[] found = new byte[PAGE];
      Random random = new Random(1);
      for (int i = 0; i < 10_000; i++) {
        disk.read(PAGE * random.nextLong(disk.size() / PAGE), found);
      }
      assertArrayEquals(new byte[PAGE], found);
      assertEquals(before, disk.info().allocatedSize().orElseThrow());
    }
  }
}
