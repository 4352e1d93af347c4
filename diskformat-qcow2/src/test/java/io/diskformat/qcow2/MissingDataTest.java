package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.MissingData;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file is too short for reads as zeroes, and is counted: once, and whoever reads it. */
class MissingDataTest {
  private static final int CLUSTER = 64 << 10;
  private static final OpenOptions OPTIONS =
      OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());

  @TempDir private Path directory;

  /** An image of four clusters of data, the last of which the file ends with. */
  private Path image(String name, String options) throws IOException {
    byte[] content = new byte[4 * CLUSTER];
    new Random(4).nextBytes(content);
    Path raw = Files.write(directory.resolve(name + ".raw"), content);
    Path image = directory.resolve(name);
    Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, image).orFail();
    return image;
  }

  private static void cut(Path file, int bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - bytes);
    }
  }

  private static void readAll(BlockDevice device) throws IOException {
    device.read(0, new byte[Math.toIntExact(device.size())]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 511, 512, 4096, 65_535})
  void isCountedOnceHoweverOftenItIsRead(int missing) throws IOException {
    Path path = image("x.qcow2", "cluster_size=64k");
    byte[] expected = Files.readAllBytes(directory.resolve("x.qcow2.raw"));
    Arrays.fill(expected, expected.length - missing, expected.length, (byte) 0);
    cut(path, missing);
    List<MissingData> reported = List.of(new MissingData(path.toString(), missing));
    try (DiskImage image = DiskImages.open(path)) {
      image.read(0, new byte[3 * CLUSTER]);
      assertEquals(List.of(), image.missingData());
      byte[] content = new byte[4 * CLUSTER];
      image.read(0, content);
      assertArrayEquals(expected, content);
      assertEquals(reported, image.missingData());
      readAll(image);
      image.read(image.size() - 1, new byte[1]);
      assertEquals(reported, image.missingData());
    }
    try (DiskImage image = DiskImages.open(path)) {
      // By several threads, and in other pieces.
      ContentHash.Result _ = ContentHash.sha256().workers(4).of(image);
      Conversion.from(image).to(directory.resolve("y"), CreateOptions.format("raw")).run();
      assertEquals(reported, image.missingData());
    }
  }

  @Test
  void onlyWhatIsReadCounts() throws IOException {
    Path path = image("x.qcow2", "cluster_size=64k");
    cut(path, 10_000);
    try (DiskImage image = DiskImages.open(path)) {
      long end = image.size();
      BlockDevice part = JoinedDevice.of(List.of(new Part(image, end - 20_000, 15_000)));
      readAll(part);
      assertEquals(List.of(new MissingData(path.toString(), 5000)), part.missingData());
      JoinedDevice twice = JoinedDevice.of(List.of(Part.of(image), Part.of(image)));
      readAll(twice);
      assertEquals(List.of(new MissingData(path.toString(), 10_000)), twice.missingData());
    }
  }

  @Test
  void ofSeveralImagesEachTellsItsOwn() throws IOException {
    Path one = image("one.qcow2", "cluster_size=64k");
    Path other = image("other.qcow2", "cluster_size=64k");
    cut(one, 100);
    cut(other, 200);
    try (DiskImage first = DiskImages.open(one);
        DiskImage second = DiskImages.open(other)) {
      JoinedDevice both = JoinedDevice.of(List.of(Part.of(first), Part.of(second)));
      readAll(both);
      assertEquals(
          List.of(new MissingData(one.toString(), 100), new MissingData(other.toString(), 200)),
          both.missingData());
    }
  }

  @Test
  void ofABackingFileToo() throws IOException {
    Path base = image("base.qcow2", "cluster_size=64k");
    cut(base, 300);
    Path top = directory.resolve("top.qcow2");
    Oracle.of("qemu-img")
        .in(directory)
        .run("create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", top)
        .orFail();
    try (DiskImage image = DiskImages.open(top, OPTIONS)) {
      readAll(image);
      assertEquals(
          List.of(new MissingData(base.toRealPath().toString(), 300)), image.missingData());
    }
    // Where the image has data of its own, what is below is not read.
    QemuIo.on(top, "qcow2").fill(1, 3 * CLUSTER, CLUSTER).run().orFail();
    try (DiskImage image = DiskImages.open(top, OPTIONS)) {
      readAll(image);
      assertEquals(List.of(), image.missingData());
    }
  }

  @Test
  void ofADataFileToo() throws IOException {
    Path path = image("x.qcow2", "cluster_size=64k,data_file=" + directory.resolve("x.data"));
    Path data = directory.resolve("x.data");
    cut(data, 400);
    try (DiskImage image = DiskImages.open(path, OPTIONS)) {
      readAll(image);
      assertEquals(
          List.of(new MissingData(data.toRealPath().toString(), 400)), image.missingData());
    }
  }

  @Test
  void ofASnapshotToo() throws IOException {
    Path path = image("x.qcow2", "cluster_size=64k");
    Oracle.qemuImg("snapshot", "-c", "first", path).orFail();
    // The file ends with the tables of the snapshot; so its data is moved behind these.
    byte[] bytes = Files.readAllBytes(path);
    java.nio.ByteBuffer image = java.nio.ByteBuffer.wrap(bytes);
    int l2 = (int) (image.getLong((int) image.getLong(40)) & L2Entry.PLACE);
    long end = bytes.length + CLUSTER - 1 & -CLUSTER;
    image.putLong(l2 + 3 * 8, end);
    Files.write(path, Arrays.copyOf(bytes, (int) end + 1000));
    try (DiskImage opened = DiskImages.open(path);
        BlockDevice snapshot = opened.openSnapshot("first")) {
      readAll(snapshot);
      List<MissingData> reported = List.of(new MissingData(path.toString(), CLUSTER - 1000));
      assertEquals(reported, snapshot.missingData());
      assertEquals(List.of(), opened.missingData());
    }
  }

  /** Neither a disk that ends within a cluster nor one that ends within a sector lacks anything. */
  @ParameterizedTest
  @CsvSource({
    "1, cluster_size=64k",
    "511, cluster_size=2M",
    "1000, 'cluster_size=16k,extended_l2=on'",
    "70000, 'cluster_size=4k,preallocation=metadata'",
    "300000, compat=0.10",
    "1049088, cluster_size=512"
  })
  void whatQemuMakesOfADiskLacksNothing(int size, String options) throws IOException {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    Path raw = Files.write(directory.resolve("x.raw"), content);
    Path path = directory.resolve("x.qcow2");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, path).orFail();
    for (Path file : List.of(raw, path)) {
      try (DiskImage image = DiskImages.open(file)) {
        readAll(image);
        assertEquals(List.of(), image.missingData());
      }
    }
  }
}
