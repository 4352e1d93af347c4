package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --partition}, on disks that sfdisk partitioned. */
final class PartitionOptionTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  /** Makes a disk of 12 MiB with partitions, and random data. */
  private Path disk(String label, String script) throws IOException {
    Path raw = directory.resolve("disk.raw");
    byte[] bytes = new byte[12 * MIB];
    new Random(5).nextBytes(bytes);
    Arrays.fill(bytes, 0, MIB, (byte) 0);
    Arrays.fill(bytes, bytes.length - MIB, bytes.length, (byte) 0);
    Files.write(raw, bytes);
    Oracle.of("sfdisk")
        .input("label: " + label + "\n" + script)
        .run("-q", "--no-reread", "--no-tell-kernel", raw)
        .orFail();
    return raw;
  }

  @ParameterizedTest
  @CsvSource({"gpt, 2, 4, 3", "dos, 2, 4, 3", "dos, 5, 8, 1", "dos, 6, 10, 1"})
  void worksOnThePartition(String label, int number, int startMib, int mib) throws IOException {
    String script =
        number < 5
            ? "start=2048, size=6144\nstart=8192, size=6144\n"
            : """
            start=2048, size=6144
            start=14336, size=8192, type=5
            start=16384, size=2048
            start=20480, size=2048
            """;
    Path raw = disk(label, script);
    Path expected = directory.resolve("part.raw");
    byte[] part =
        Arrays.copyOfRange(Files.readAllBytes(raw), startMib * MIB, (startMib + mib) * MIB);
    Files.write(expected, part);
    Path image = directory.resolve("disk.qcow2");
    Oracle.qemuImg("convert", "-O", "qcow2", raw, image).orFail();
    String option = "--partition=" + number;

    Path copy = directory.resolve("copy.raw");
    Cli.run("convert", option, "-O", "raw", image, copy).orFail();
    assertArrayEquals(part, Files.readAllBytes(copy));
    Oracle.qemuImg("compare", "-f", "raw", "-F", "raw", expected, copy).orFail();
    assertEquals(hash("--plain", expected), hash("--plain", option, image));
    assertEquals(hash(expected), hash(option, image));
    Cli.run("compare", "-F", "raw", option, image, expected).orFail();
    Cli.run("compare", "-f", "raw", "--second-partition=" + number, expected, image).orFail();
    assertEquals(1, Cli.run("compare", "-q", "-F", "raw", image, expected).status());
    JsonArray map =
        JsonParser.parseString(
                Cli.run("map", "--output=json", option, "-f", "raw", raw).orFail().output())
            .getAsJsonArray();
    assertEquals(
        startMib * MIB, map.get(0).getAsJsonObject().get("offset").getAsInt(), map.toString());
    assertEquals(0, map.get(0).getAsJsonObject().get("start").getAsInt(), map.toString());
    Path manifest = directory.resolve("x.manifest");
    Cli.run("manifest", option, image, "-o", manifest).orFail();
    Cli.run("verify", "-f", "raw", expected, manifest).orFail();
    String json = Cli.run("hash", "--output=json", option, image).orFail().output();
    assertTrue(json.contains("\"partition\": " + number + ","), json);
  }

  private static String hash(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "hash";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Cli.run(all).orFail().output().replaceAll(" .*", "");
  }

  @Test
  void saysWhichPartitionsThereAre() throws IOException {
    Path raw = disk("gpt", "start=2048, size=6144\nstart=8192, size=6144\n");
    String message = Cli.run("hash", "--partition", 3, "-f", "raw", raw).message(1);
    assertTrue(message.endsWith("has no partition 3, only 1, 2"), message);
    Cli.run("hash", "--partition", "x", "-f", "raw", raw).message(1);
    Path none = Files.write(directory.resolve("none.raw"), new byte[MIB]);
    message = Cli.run("convert", "--partition", 1, none, directory.resolve("y")).message(1);
    assertTrue(message.endsWith("has no partition table"), message);
    Cli.run("convert", "--partition", 1, none, none, directory.resolve("y")).message(1);
    Cli.run("compare", "--partition", 1, none, none).message(2);
  }
}
