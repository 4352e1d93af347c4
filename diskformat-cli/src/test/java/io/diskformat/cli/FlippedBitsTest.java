package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.Place;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import io.diskformat.device.JoinedDevice;
import io.diskformat.testing.MapEntry;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Difference;
import io.diskformat.transfer.Difference.Kind;
import io.diskformat.transfer.Manifest;
import io.diskformat.transfer.Places;
import io.diskformat.transfer.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One bit is flipped anywhere in the data of an image, of each format and its main variants: a
 * verification by the manifest finds it, and says in which range of the disk, at which position of
 * which file and in what it is. 1,008 flips in all.
 */
final class FlippedBitsTest {
  private static final int FLIPS = 63;
  private static final int BLOCK = 64 << 10;
  private static final int SIZE = 1 << 20;
  private static final String PASSPHRASE = "abracadabra";

  private final Random random = new Random(Seeds.of(FlippedBitsTest.class));

  @TempDir private Path directory;

  private Path raw() throws IOException {
    byte[] disk = new byte[SIZE];
    Random content = new Random(7);
    fill(disk, 0, 200_000, content, 256);
    fill(disk, 300_000, 200_000, content, 4);
    fill(disk, 5 * BLOCK + 700_000, 512, content, 256);
    fill(disk, SIZE - 70_000, 70_000, content, 20);
    return Files.write(directory.resolve("disk.raw"), disk);
  }

  /** Fills a range with bytes of so few values that they can be compressed. */
  private static void fill(byte[] disk, int offset, int length, Random content, int values) {
    for (int i = offset; i < Math.min(offset + length, disk.length); i++) {
      disk[i] = (byte) content.nextInt(values);
    }
  }

  private Path converted(Path source, String name, String... options) {
    Path image = directory.resolve(name);
    List<Object> arguments = new ArrayList<>(List.of("convert"));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(source, image));
    Oracle.qemuImg(arguments.toArray()).orFail();
    return image;
  }

  private void flip(Path image, String format) throws IOException {
    flip(
        image, OpenOptions.readOnly().format(format).references(ReferencePolicy.sameDirectory()));
  }

  private void flipAndMap(Path image, String format) throws IOException {
    assertPlacesAreThoseOfQemu(image, format);
    flip(image, format);
  }

  @Test
  void rawDisk() throws IOException {
    flipAndMap(raw(), "raw");
  }

  @Test
  void qcow2() throws IOException {
    flipAndMap(converted(raw(), "x.qcow2", "-O", "qcow2"), "qcow2");
  }

  @Test
  void qcow2WithSubclusters() throws IOException {
    flipAndMap(
        converted(raw(), "x.qcow2", "-O", "qcow2", "-o", "extended_l2=on,cluster_size=128k"),
        "qcow2");
  }

  @Test
  void qcow2Compressed() throws IOException {
    flip(converted(raw(), "x.qcow2", "-c", "-O", "qcow2"), "qcow2");
  }

  @Test
  void qcow2CompressedByZstdInSmallClusters() throws IOException {
    flip(
        converted(
            raw(), "x.qcow2", "-c", "-O", "qcow2", "-o", "compression_type=zstd,cluster_size=4k"),
        "qcow2");
  }

  @Test
  void qcow2WithDataFile() throws IOException {
    Path data = directory.resolve("x.data");
    flipAndMap(converted(raw(), "x.qcow2", "-O", "qcow2", "-o", "data_file=" + data), "qcow2");
  }

  @Test
  void qcow2Chain() throws IOException {
    Path base = converted(raw(), "base.qcow2", "-c", "-O", "qcow2");
    Path top = directory.resolve("top.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", top).orFail();
    QemuIo.on(top, "qcow2").fill(5, 2 * BLOCK, BLOCK).fill(9, 12 * BLOCK, 4096).run().orFail();
    flipAndMap(top, "qcow2");
  }

  @Test
  void qcow2Encrypted() throws IOException {
    Path image = directory.resolve("x.qcow2");
    encrypted(
        raw(),
        image,
        "qcow2",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=1");
  }

  @Test
  void luks() throws IOException {
    encrypted(raw(), directory.resolve("x.luks"), "luks", "key-secret=s,iter-time=1");
  }

  private void encrypted(Path source, Path image, String format, String options)
      throws IOException {
    Oracle.qemuImg(
            "convert",
            "--object",
            "secret,id=s,data=" + PASSPHRASE,
            "-O",
            format,
            "-o",
            options,
            source,
            image)
        .orFail();
    flip(
        image,
        OpenOptions.readOnly()
            .format(format)
            .secret(SecretSupplier.of(PASSPHRASE.toCharArray())));
  }

  @Test
  void vdi() throws IOException {
    flipAndMap(converted(raw(), "x.vdi", "-O", "vdi"), "vdi");
  }

  @Test
  void vmdkSparse() throws IOException {
    flipAndMap(converted(raw(), "x.vmdk", "-O", "vmdk"), "vmdk");
  }

  @Test
  void vmdkFlat() throws IOException {
    flipAndMap(
        converted(raw(), "x.vmdk", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentFlat"), "vmdk");
  }

  @Test
  void vmdkCompressed() throws IOException {
    flip(
        converted(raw(), "x.vmdk", "-O", "vmdk", "-o", "subformat=streamOptimized"), "vmdk");
  }

  private Path iso() throws IOException {
    Path tree = Files.createDirectories(directory.resolve("tree"));
    Path _ = Files.copy(raw(), tree.resolve("disk"));
    Path image = directory.resolve("x.iso");
    Cli.run("iso", "create", "-o", image, "-V", "X", tree).orFail();
    return image;
  }

  @Test
  void discImage() throws IOException {
    flip(iso(), "iso");
  }

  @Test
  void isoOfRawSectors() throws IOException {
    byte[] disc = Files.readAllBytes(iso());
    ByteArrayOutputStream sectors = new ByteArrayOutputStream();
    for (int at = 0; at < disc.length; at += 2048) {
      byte[] sector = new byte[2352];
      Arrays.fill(sector, 1, 11, (byte) 0xFF);
      sector[15] = 1;
      System.arraycopy(disc, at, sector, 16, 2048);
      sectors.write(sector);
    }
    flip(Files.write(directory.resolve("x.bin"), sectors.toByteArray()), "iso");
  }

  /** A partition's bits are found in the partition, where the image has them. */
  @Test
  void partOfADisk() throws IOException {
    Path image = converted(raw(), "x.qcow2", "-O", "qcow2");
    OpenOptions options = OpenOptions.readOnly().format("qcow2");
    flip(image, options, 3 * 512, SIZE - 9 * BLOCK);
  }

  // Flips

  private void flip(Path image, OpenOptions options) throws IOException {
    flip(image, options, 0, -1);
  }

  private void flip(Path image, OpenOptions options, long offset, long length)
      throws IOException {
    Path manifestFile = directory.resolve("x.manifest");
    byte[] content;
    List<Place> places = new ArrayList<>();
    try (DiskImage disk = DiskImages.open(image, options);
        FileChannel channel =
            FileChannel.open(
                manifestFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      BlockDevice device = part(disk, offset, length);
      ContentHash.Result _ = ContentHash.sha256().of(device, channel);
      content = new byte[(int) device.size()];
      device.read(0, content);
      for (long at = 0; at < device.size(); at = places.getLast().end()) {
        places.add(device.placeOf(at));
      }
    }
    List<Place> stored =
        places.stream()
            .filter(place -> place.file() != null && !place.structure().startsWith("zero"))
            .toList();
    assertTrue(stored.stream().mapToLong(Place::length).sum() > 300_000, places.toString());
    Manifest manifest = Manifest.open(manifestFile);
    int found = 0;
    for (int i = 0; i < FLIPS; i++) {
      Place place = stored.get(random.nextInt(stored.size()));
      Path file = Path.of(Objects.requireNonNull(place.file()));
      long last = Math.min(place.position() + place.storedLength(), Files.size(file)) - 1;
      long position = random.nextLong(place.position(), last + 1);
      int bit = 1 << random.nextInt(8);
      String flip = image + ": " + bit + " at " + position + " in " + place;
      change(file, position, bit);
      try (DiskImage disk = DiskImages.open(image, options)) {
        BlockDevice device = part(disk, offset, length);
        Map<Long, Kind> expected = differingBlocks(device, content);
        List<Difference> differences =
            Verification.by(manifest).workers(2).run(device).differences();
        assertEquals(expected, blocks(differences), flip);
        if (!place.isCompressed()) {
          long guest = place.offset() + position - place.position();
          assertEquals(Map.of(guest / BLOCK * BLOCK, Kind.CONTENT), expected, flip);
        }
        if (!expected.isEmpty()) {
          found++;
          Place located = located(device, differences, file, position).orElse(null);
          assertTrue(located != null, flip + " is not in " + differences);
          assertEquals(place.structure(), Objects.requireNonNull(located).structure(), flip);
          assertEquals(place.depth(), located.depth(), flip);
        }
      } finally {
        change(file, position, bit);
      }
    }
    // Of compressed data there are bits that no reader looks at.
    assertTrue(found > FLIPS * 2 / 3, found + " of " + FLIPS + " flips changed " + image);
  }

  private static BlockDevice part(DiskImage disk, long offset, long length) {
    return length < 0
        ? disk
        : JoinedDevice.slice(disk, offset, length);
  }

  private static void change(Path file, long position, int bit) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(position);
      int before = bytes.read();
      bytes.seek(position);
      bytes.write(before ^ bit);
    }
  }

  /** Returns which blocks are not as they were, by their offsets, found by reading each. */
  private static Map<Long, Kind> differingBlocks(BlockDevice device, byte[] content) {
    Map<Long, Kind> differing = new TreeMap<>();
    for (int at = 0; at < content.length; at += BLOCK) {
      byte[] block = new byte[Math.min(BLOCK, content.length - at)];
      try {
        device.read(at, block);
        if (!Arrays.equals(block, Arrays.copyOfRange(content, at, at + block.length))) {
          differing.put((long) at, Kind.CONTENT);
        }
      } catch (IOException e) {
        differing.put((long) at, Kind.UNREADABLE);
      }
    }
    return differing;
  }

  private static Map<Long, Kind> blocks(List<Difference> differences) {
    Map<Long, Kind> blocks = new TreeMap<>();
    for (Difference difference : differences) {
      for (long at = difference.offset(); at < difference.end(); at += BLOCK) {
        blocks.put(at, difference.kind());
      }
    }
    return blocks;
  }

  private static Optional<Place> located(
      BlockDevice device, List<Difference> differences, Path file, long position)
      throws IOException {
    for (Difference difference : differences) {
      for (Place place : Places.of(device, difference, 1000)) {
        if (place.file() != null
            && Path.of(place.file()).equals(file)
            && place.position() <= position
            && position < place.position() + place.storedLength()) {
          return Optional.of(place);
        }
      }
    }
    return Optional.empty();
  }

  /** Where data is stored is what {@code qemu-img map} says, as far as it does. */
  private static void assertPlacesAreThoseOfQemu(Path image, String format) throws IOException {
    String json =
        Oracle.qemuImg("map", "--output=json", "-f", format, image).orFail().output();
    int compared = 0;
    try (DiskImage disk =
        DiskImages.open(
            image,
            OpenOptions.readOnly().format(format).references(ReferencePolicy.sameDirectory()))) {
      for (MapEntry entry : MapEntry.parse(json)) {
        if (entry.data() && entry.offset() >= 0) {
          for (long at = entry.start(); at < entry.start() + entry.length(); at += 3 * 512) {
            Place place = disk.placeOf(at);
            assertEquals(entry.offset() + at - entry.start(), place.position(), place.toString());
            assertEquals(entry.depth(), place.depth(), place.toString());
            compared++;
          }
        }
      }
    }
    assertTrue(compared > 10, json);
  }
}
