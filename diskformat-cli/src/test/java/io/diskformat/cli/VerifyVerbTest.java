package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code manifest} and {@code verify}. */
final class VerifyVerbTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;
  private Path raw;
  private Path qcow2;
  private Path manifest;

  @BeforeEach
  void makeImages() throws IOException {
    byte[] disk = new byte[3 * MIB];
    new Random(11).nextBytes(disk);
    Arrays.fill(disk, MIB, 2 * MIB, (byte) 0);
    raw = Files.write(directory.resolve("x.raw"), disk);
    qcow2 = directory.resolve("x.qcow2");
    Oracle.qemuImg("convert", "-O", "qcow2", raw, qcow2).orFail();
    manifest = directory.resolve("x.manifest");
  }

  private static void flip(Path file, long position) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(position);
      int before = bytes.read();
      bytes.seek(position);
      bytes.write(before ^ 4);
    }
  }

  @Test
  void aManifestIsThatOfTheDiskAndPrintsItsHash() throws IOException {
    String printed = Cli.run("manifest", qcow2, "-o", manifest).orFail().output();
    assertEquals(Cli.run("hash", qcow2).orFail().output(), printed);
    Path other = directory.resolve("other");
    Cli.run("manifest", "-f", "raw", raw, "-o", other).orFail();
    assertArrayEquals(Files.readAllBytes(manifest), Files.readAllBytes(other));
    for (Path image : List.of(raw, qcow2)) {
      assertEquals(
          "The disk is as in the manifest.\n",
          Cli.run("verify", image, manifest).orFail().output());
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".partial")));
    }
  }

  @Test
  void saysWhereADiskDiffers() throws IOException {
    Cli.run("manifest", qcow2, "-o", manifest).orFail();
    flip(raw, 2 * MIB + 70_000);
    Cli.Result result = Cli.run("verify", "-f", "raw", raw, manifest);
    assertEquals(1, result.status());
    assertEquals(
        "From 2162688 to 2228224, 65536 bytes: the content differs\n"
            + "  2162688  data: 65536 bytes at 2162688 of "
            + raw
            + "\nThe disk is not as in the manifest.\n",
        result.output());
    assertEquals("", Cli.run("verify", "-q", "-f", "raw", raw, manifest).output());
  }

  @Test
  void writesJson() throws IOException {
    Cli.run("manifest", qcow2, "-o", manifest).orFail();
    Path compressed = SampleImages.compressed(raw);
    flip(compressed, Files.size(compressed) / 2);
    Cli.Result result = Cli.run("verify", "--output=json", compressed, manifest);
    assertEquals(1, result.status(), result.output());
    JsonObject object = JsonParser.parseString(result.output()).getAsJsonObject();
    assertFalse(object.get("intact").getAsBoolean());
    assertTrue(object.get("complete").getAsBoolean());
    JsonArray differences = object.get("differences").getAsJsonArray();
    JsonObject difference = differences.get(0).getAsJsonObject();
    JsonObject place = difference.get("places").getAsJsonArray().get(0).getAsJsonObject();
    assertTrue(place.get("structure").getAsString().endsWith(" cluster"), result.output());
    assertEquals(compressed.toString(), place.get("filename").getAsString());
    assertTrue(place.get("offset").getAsLong() <= Files.size(compressed) / 2, result.output());
    assertTrue(
        Cli.run("verify", "--output=json", raw, manifest)
            .orFail()
            .output()
            .contains("\"intact\": true"));
  }

  @Test
  void readsTheStandardInput() throws IOException {
    Cli.run("manifest", qcow2, "-o", manifest).orFail();
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(raw)));
      Cli.run("verify", "-", manifest).orFail();
      flip(raw, 5);
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(raw)));
      Cli.Result result = Cli.run("verify", "-", manifest);
      assertEquals(1, result.status());
      assertTrue(result.output().startsWith("From 0 to 65536, "), result.output());
      Path stream = directory.resolve("x.vmdk");
      Oracle.qemuImg("convert", "-O", "vmdk", "-o", "subformat=streamOptimized", qcow2, stream)
          .orFail();
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(stream)));
      Cli.run("verify", "-f", "vmdk", "-", manifest).orFail();
    } finally {
      System.setIn(before);
    }
  }

  /** Of an image in a stream only the data comes, and holes have to be made up for. */
  @Test
  void readsImagesWithHolesFromTheStandardInput() throws IOException {
    byte[] data = new byte[100_000];
    new Random(7).nextBytes(data);
    for (boolean isInOrder : new boolean[] {true, false}) {
      Path sparse = directory.resolve("sparse" + isInOrder);
      DiskImages.create(
          sparse,
          CreateOptions.format("qcow2").size(80L * MIB),
          disk -> {
            for (int i = 0; i < 3; i++) {
              disk.write(isInOrder ? 20L * MIB * i : 60L * MIB - 20L * MIB * i, data);
            }
          });
      Path sums = directory.resolve("sums" + isInOrder);
      Cli.run("manifest", sparse, "-o", sums).orFail();
      byte[] image = Files.readAllBytes(sparse);
      InputStream before = System.in;
      try {
        System.setIn(new ByteArrayInputStream(image));
        Cli.Result intact = Cli.run("verify", "-f", "qcow2", "-", sums);
        if (!isInOrder) {
          assertTrue(intact.error().contains("seekable input is needed"), intact.error());
          continue;
        }
        assertEquals(0, intact.status(), intact.output());
        String part = new String(data, 70_000, 64, StandardCharsets.ISO_8859_1);
        image[new String(image, StandardCharsets.ISO_8859_1).lastIndexOf(part)] ^= 1;
        System.setIn(new ByteArrayInputStream(image));
        Cli.Result damaged = Cli.run("verify", "-f", "qcow2", "-", sums);
        assertEquals(1, damaged.status(), damaged.output());
        assertTrue(
            damaged.output().startsWith("From " + (40 * MIB + 65536) + " to "), damaged.output());
      } finally {
        System.setIn(before);
      }
    }
  }

  @Test
  void anUpdateReadsADirtyBitmap() throws IOException {
    Cli.run("manifest", qcow2, "-o", manifest).orFail();
    Cli.run("bitmap", "--add", qcow2, "since").orFail();
    QemuIo.on(qcow2, "qcow2").fill(1, 100_000, 5).zero(2 * MIB, MIB, true).run().orFail();
    assertEquals(1, Cli.run("verify", "-q", qcow2, manifest).status());
    Path updated = directory.resolve("updated");
    String printed =
        Cli.run("manifest", "--update", manifest, "--bitmap", "since", qcow2, "-o", updated)
            .orFail()
            .output();
    assertEquals(Cli.run("hash", qcow2).orFail().output(), printed);
    Path fresh = directory.resolve("fresh");
    Cli.run("manifest", qcow2, "-o", fresh).orFail();
    assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(updated));
    // The same by ranges, in any order, and over the manifest itself.
    Cli.run(
            "manifest",
            "--update",
            manifest,
            "--changed",
            "2M+1M",
            "--changed",
            "100000+5",
            qcow2,
            "-o",
            manifest)
        .orFail();
    assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(manifest));
    // What nobody says changed is taken over: that is what an update is.
    flip(raw, 0);
    Cli.run("manifest", "--update", fresh, "-f", "raw", raw, "-o", updated).orFail();
    assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(updated));
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    Cli.run("manifest", qcow2).message(1);
    Cli.run("manifest", qcow2, "-o", manifest, "--bitmap", "b").message(1);
    Cli.run("manifest", qcow2, "-o", manifest, "--algorithm", "crc").message(1);
    Cli.run("manifest", qcow2, "-o", directory.resolve("none").resolve("x")).message(1);
    Cli.run("manifest", directory.resolve("none"), "-o", manifest).message(1);
    assertFalse(Files.exists(manifest));
    Cli.run("verify", qcow2, raw).message(2);
    Cli.run("verify", qcow2, manifest).message(2);
    Cli.run("manifest", qcow2, "-o", manifest).orFail();
    Cli.run("manifest", qcow2, "-o", manifest, "--update", manifest, "--changed", "5").message(1);
    Cli.run("verify", directory.resolve("none"), manifest).message(2);
    try (Stream<Path> files = Files.list(directory)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".partial")));
    }
  }
}
