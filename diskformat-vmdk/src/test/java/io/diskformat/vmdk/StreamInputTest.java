package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Field;
import io.diskformat.testing.Mutation;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import io.diskformat.vmdk.Disk.Grain;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are read in one pass show what they show when they are read from a file. */
final class StreamInputTest {
  private static final CreateOptions RAW = CreateOptions.format("raw").replaceExisting();

  private static final int FIRST_GRAIN = 128 * 512;

  @TempDir private Path directory;

  private static ReadableByteChannel channel(byte[] image) {
    return Channels.newChannel(new ByteArrayInputStream(image));
  }

  private static ImageInput input(byte[] image) throws IOException {
    return DiskImages.input(channel(image), "the stream", OpenOptions.readOnly());
  }

  /** In memory, as it would take most of the time to make many files durable. */
  private static byte[] converted(byte[] image) throws IOException {
    try (ImageInput input = input(image)) {
      MemoryStorage storage = MemoryStorage.of("target", new byte[(int) input.size()]);
      try (DiskImage target = DiskImages.open(storage, OpenOptions.writable().format("raw"))) {
        Conversion.from(input).workers(3).targetIsZero().into(target).run();
        return Stored.bytes(target);
      }
    }
  }

  private static Disk mixed(int sectors, int grainSectors) {
    return Disk.mixed(sectors, sectors, grainSectors, Grain.STORED, Grain.STORED, Grain.HOLE);
  }

  /** All layouts that tools write. */
  @Test
  void everyLayout() throws IOException {
    for (int grainSectors : new int[] {1, 8, 128, 2048}) {
      Disk disk = mixed(Math.min(2001, 301 * grainSectors), grainSectors);
      for (int variant = 0; variant < 32; variant++) {
        StreamFile stream = new StreamFile(disk);
        stream.front = (variant & 1) != 0;
        stream.progress = (variant & 2) != 0;
        stream.padding = (variant & 4) != 0 ? 12_345 : 0;
        stream.end = (variant & 8) != 0 || stream.padding > 0;
        stream.tableEntries = (variant & 16) != 0 ? 128 : 512;
        assertArrayEquals(disk.content, converted(stream.build().toArray()), "variant " + variant);
      }
    }
  }

  @Test
  void whatQemuMakes() throws IOException {
    byte[] content = Stored.content(new Random(Seeds.of(StreamInputTest.class, 1)), 20_001);
    Path raw = Files.write(directory.resolve("x.raw"), content);
    Path file = directory.resolve("x.vmdk");
    Oracle.qemuImg(
            "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, file)
        .orFail();
    byte[] image = Files.readAllBytes(file);
    assertArrayEquals(content, converted(image));
    // What comes behind the last grain is what its sector was filled up with.
    assertCutsAreFound(Arrays.copyOf(image, endOfGrains(image)), new Random(1));
  }

  private static int endOfGrains(byte[] image) {
    ByteBuffer records = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int end = 0;
    int at = (int) records.getLong(64) * 512;
    while (at < image.length && records.getInt(at + 8) != 0) {
      end = at + 12 + records.getInt(at + 8);
      at = (end + 511) & -512;
    }
    return end;
  }

  @Test
  void whatWeMakeIsReadBackAndWrittenAgain() throws IOException {
    byte[] content = Stored.content(new Random(3), 20_000);
    byte[] image = ours(content);
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    try (ImageInput input = input(image)) {
      Conversion.from(input)
          .workers(3)
          .to(
              Channels.newChannel(again),
              CreateOptions.format("vmdk").option("subformat", "streamOptimized"))
          .run();
    }
    // Apart from the numbers of their content, they are the same.
    byte[] copy = again.toByteArray();
    assertArrayEquals(
        Arrays.copyOfRange(image, 11_000, image.length),
        Arrays.copyOfRange(copy, 11_000, copy.length));
    assertCutsAreFound(image, new Random(2));
  }

  private static byte[] ours(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DiskImage source = Stored.raw(content)) {
      Conversion.from(source)
          .to(
              Channels.newChannel(out),
              CreateOptions.format("vmdk").option("subformat", "streamOptimized"))
          .run();
    }
    return out.toByteArray();
  }

  /** Cut anywhere, it is refused, and nothing is left. */
  private void assertCutsAreFound(byte[] image, Random random) throws IOException {
    for (int i = 0; i < 60; i++) {
      int length = i < 30 ? image.length - 1 - 512 * i : random.nextInt(image.length);
      byte[] cut = Arrays.copyOf(image, Math.max(0, length));
      Path target = directory.resolve("cut.raw");
      IOException e =
          assertThrows(
              DiskFormatException.class,
              () -> {
                try (ImageInput input = input(cut)) {
                  Conversion.from(input).to(target, RAW).run();
                }
              },
              "cut to " + length + " of " + image.length);
      assertTrue(String.valueOf(e.getMessage()).contains("the stream"), e.getMessage());
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertTrue(files.noneMatch(file -> file.toString().contains("cut")));
    }
  }

  /** Of front tables, the end-of-stream marker may be missing, but no grain. */
  @Test
  void everySectorOfTheEndCounts() throws IOException {
    for (boolean front : new boolean[] {true, false}) {
      StreamFile stream = new StreamFile(mixed(2000, 128));
      stream.front = front;
      byte[] image = stream.build().toArray();
      // Without the marker it is complete all the same.
      assertArrayEquals(
          mixed(2000, 128).content, converted(Arrays.copyOf(image, image.length - 512)));
      for (int length = image.length - 1024;
          length > 0;
          length -= 512 * (length > image.length - 20_000 ? 1 : 97)) {
        byte[] cut = Arrays.copyOf(image, length);
        assertThrows(DiskFormatException.class, () -> converted(cut), "cut to " + length);
        // A host that lost the end may show zeroes there, which look like an end.
        byte[] zeroed = Arrays.copyOf(cut, image.length);
        if (length > FIRST_GRAIN) {
          assertThrows(DiskFormatException.class, () -> converted(zeroed), "zeroes " + length);
        }
      }
    }
  }

  @Test
  void toAnyTarget() throws IOException {
    byte[] content = Stored.content(new Random(4), 20_000);
    byte[] image = ours(content);
    for (int sparse : new int[] {0, 512, 1536, 4096, 3 << 20}) {
      Path target = directory.resolve("x.raw");
      try (ImageInput input = input(image)) {
        Conversion.from(input).sparse(sparse).to(target, RAW).run();
      }
      assertArrayEquals(content, Files.readAllBytes(target));
    }
    MemoryStorage storage = MemoryStorage.of("old", new byte[content.length + 512]);
    storage.write(0, MemorySegment.ofArray(new byte[content.length + 512]).fill((byte) 7));
    try (DiskImage over = DiskImages.open(storage, OpenOptions.writable().format("raw"));
        ImageInput input = input(image)) {
      Conversion.from(input).into(over).run();
      byte[] all = Stored.bytes(over);
      assertArrayEquals(content, Arrays.copyOf(all, content.length));
      assertEquals(7, all[content.length]);
      assertThrows(
          IllegalStateException.class,
          () -> {
            Conversion twice = Conversion.from(input(image)).into(over);
            twice.run();
            twice.run();
          });
    }
  }

  /** Every field of every header and marker, and of the descriptor, set to what might hurt. */
  @Test
  void hostileFields() throws IOException {
    StreamFile stream = new StreamFile(Disk.mixed(2, 100, 8, Grain.STORED, Grain.HOLE));
    for (boolean front : new boolean[] {true, false}) {
      stream.front = front;
      byte[] image = stream.build().toArray();
      VmdkStructures structures = new VmdkStructures(image);
      for (Field field : structures.fields()) {
        for (Mutation mutation : field.mutations(ByteBuffer.wrap(image), 512)) {
          byte[] changed = image.clone();
          System.arraycopy(
              mutation.bytes(), 0, changed, (int) mutation.position(), mutation.bytes().length);
          readAll(changed, mutation.what());
        }
      }
    }
  }

  /** Reads all units, or fails as what is malformed does. */
  private static void readAll(byte[] image, String what) throws IOException {
    try (ImageInput input = input(image)) {
      byte[] unit = new byte[input.unitSize()];
      for (long offset = input.next(); offset >= 0; offset = input.next()) {
        input.decoder().decode(offset, input.read(), MemorySegment.ofArray(unit));
      }
    } catch (DiskFormatException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("the stream"), what + ": " + e);
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }

  @Test
  void whatOnlyAFileCanBe() throws IOException {
    Disk disk = mixed(2000, 128);
    StreamFile unmarked = new StreamFile(disk);
    unmarked.front = true;
    unmarked.markers = false;
    assertRefused(UnsupportedFeatureException.class, "markers", unmarked.build().toArray());
    assertRefused(UnrecognizedFormatException.class, "no format", new byte[100_000]);
    assertRefused(UnrecognizedFormatException.class, "no format", new byte[0]);
    byte[] unordered = new StreamFile(disk).build().toArray();
    ByteBuffer records = ByteBuffer.wrap(unordered).order(ByteOrder.LITTLE_ENDIAN);
    int second = (128 * 512 + 12 + records.getInt(128 * 512 + 8) + 511) & -512;
    records.putLong(second, 0);
    assertRefused(UnsupportedFeatureException.class, "order of the disk", unordered);
  }

  @Test
  void monolithicSparse() throws IOException {
    Disk disk = mixed(2000, 128);
    byte[] image = new SparseFile(disk).described().build().toArray();
    assertArrayEquals(disk.content, converted(image));
  }

  private void assertRefused(Class<? extends IOException> type, String words, byte[] image) {
    String message = String.valueOf(assertThrows(type, () -> converted(image)).getMessage());
    assertTrue(message.contains(words), message);
  }

  @Test
  void aBombIsNoGrain() throws IOException {
    Disk disk = new Disk(new byte[1 << 20], 2048);
    StreamFile stream = new StreamFile(disk);
    stream.front = true;
    Bytes file = stream.build();
    file.int64(20, 8).int64(12, 8);
    String descriptor = new DescriptorFile("RW 8 SPARSE \"x\"").type("streamOptimized").text();
    file.put(
        512, Arrays.copyOf(descriptor.getBytes(java.nio.charset.StandardCharsets.UTF_8), 10240));
    assertRefused(CorruptImageException.class, "longer than a grain", file.toArray());
  }
}
