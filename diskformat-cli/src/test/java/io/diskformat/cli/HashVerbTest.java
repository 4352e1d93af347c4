package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashVerbTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void writeImage() throws IOException {
    image = directory.resolve("demo.qcow2");
    DemoImage.write(image);
  }

  private String hash(Object... options) {
    Object[] arguments = new Object[options.length + 2];
    arguments[0] = "hash";
    System.arraycopy(options, 0, arguments, 1, options.length);
    arguments[options.length + 1] = image;
    String output = Cli.run(arguments).orFail().output();
    assertTrue(output.endsWith("  " + image + "\n"), output);
    return output.substring(0, output.indexOf("  /"));
  }

  @Test
  void printsTheChecksumOfTheDisk() throws IOException {
    try (DiskImage disk = DiskImages.open(image)) {
      assertEquals(ContentHash.sha256().of(disk).hex(), hash());
      assertEquals(ContentHash.algorithm("blake3").of(disk).hex(), hash("--algorithm=blake3"));
    }
    assertEquals(hash(), hash("--algorithm", "SHA-256", "-f", "qcow2", "-U"));
    assertNotEquals(hash(), hash("-l", DemoImage.SNAPSHOT));
    assertEquals(hash("-l", "1"), hash("-l", DemoImage.SNAPSHOT));
    assertNotEquals(hash(), hash("-f", "raw"));
  }

  @Test
  void showsProgressBesideTheResult() {
    for (String kind : List.of("--algorithm=sha256", "--plain")) {
      Cli.Result result = Cli.run("hash", "-p", kind, image);
      assertEquals(0, result.status());
      assertEquals(hash(kind) + "  " + image + "\n", result.output());
      assertTrue(result.error().startsWith("    (0.00/100%)\r"), result.error());
      assertTrue(result.error().endsWith("    (100.00/100%)\r\n"), result.error());
    }
  }

  @Test
  void thePlainChecksumIsThatOfTheRawDisk() {
    Path raw = directory.resolve("demo.raw");
    Cli.run("convert", "-O", "raw", image, raw).orFail();
    String sum = Oracle.of("sha256sum").run(raw).orFail().output();
    assertEquals(sum.substring(0, 64), hash("--plain"));
    assertEquals(sum, Cli.run("hash", "--plain", "-f", "raw", raw).orFail().output());
    sum = Oracle.of("sha512sum").run(raw).orFail().output();
    assertEquals(sum.substring(0, 128), hash("--plain", "--algorithm=sha512"));
    assertNotEquals(hash(), hash("--plain"));
    assertNotEquals(hash("--plain"), hash("--plain", "-l", DemoImage.SNAPSHOT));
  }

  @Test
  void hashesSeveralAndGoesOnAfterAFailure() throws IOException {
    Path other = Files.write(directory.resolve("zero.raw"), new byte[1 << 20]);
    String both = Cli.run("hash", image, other).orFail().output();
    assertEquals(Cli.run("hash", image).output() + Cli.run("hash", other).output(), both);
    Cli.Result result = Cli.run("hash", image, directory.resolve("none"), other);
    assertEquals(1, result.status());
    assertEquals(both, result.output());
    assertEquals("diskformat: " + directory.resolve("none") + ": no such file\n", result.error());
  }

  @Test
  void writesJson() {
    String json = Cli.run("hash", "--output=json", image).orFail().output();
    assertEquals(
        """
        [
            {
                "filename": "%s",
                "format": "qcow2",
                "virtual-size": %d,
                "kind": "blksum",
                "algorithm": "sha256",
                "checksum": "%s"
            }
        ]
        """
            .formatted(image, 1 << 20, hash()),
        json);
    String plain =
        Cli.run("hash", "--output=json", "--plain", "--algorithm=SHA-1", "-l", "1", image, image)
            .orFail()
            .output();
    JsonArray objects = JsonParser.parseString(plain).getAsJsonArray();
    assertEquals(2, objects.size());
    JsonObject object = objects.get(1).getAsJsonObject();
    assertEquals("plain", object.get("kind").getAsString());
    assertEquals("1", object.get("snapshot").getAsString());
    assertEquals(
        hash("--plain", "--algorithm=sha1", "-l", "1"), object.get("checksum").getAsString());
  }

  /** Names, some of which a line of a list cannot hold as they are. */
  private List<Path> oddlyNamed() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name :
        List.of("plain", "a b", " lead", "back\\slash", "new\nline", "c\rr", "\\n", "x) = 1")) {
      byte[] content = new byte[4096];
      Arrays.fill(content, (byte) (1 + files.size()));
      files.add(Files.write(directory.resolve(name), content));
    }
    return files;
  }

  /** Lists of either tool are checked by the other. */
  @Test
  void listsAreThoseOfSha256sum() throws IOException {
    List<Object> ours = new ArrayList<>(List.of("hash", "--plain", "-fraw"));
    ours.addAll(oddlyNamed());
    Object[] names = oddlyNamed().toArray();
    String list = Cli.run(ours.toArray()).orFail().output();
    assertEquals(Oracle.of("sha256sum").run(names).orFail().output(), list);
    Path file = Files.writeString(directory.resolve("list"), list);
    assertAllOk(Oracle.of("sha256sum").run("-c", file).orFail().output());
    assertAllOk(Cli.run("hash", "-c", "--plain", "-fraw", file).orFail().output());
    ours.add(1, "--tag");
    String tagged = Cli.run(ours.toArray()).orFail().output();
    assertEquals(Oracle.of("sha256sum").run(tagged(names)).orFail().output(), tagged);
    Files.writeString(file, tagged);
    assertAllOk(Cli.run("hash", "-c", "-fraw", file).orFail().output());
  }

  /** Versions of sha256sum differ in which names they escape here. */
  private static void assertAllOk(String checked) {
    assertEquals(8, checked.split(": OK\n", -1).length - 1, checked);
    assertFalse(checked.contains("FAILED"), checked);
  }

  private static Object[] tagged(Object... names) {
    List<Object> arguments = new ArrayList<>(List.of("--tag"));
    arguments.addAll(List.of(names));
    return arguments.toArray();
  }

  @Test
  void checksWhatIsListed() throws IOException {
    Path zero = Files.write(directory.resolve("zero.raw"), new byte[1 << 20]);
    Path none = directory.resolve("none");
    String good = Cli.run("hash", "--tag", image).orFail().output();
    assertTrue(good.startsWith("BLKSUM-SHA256 (" + image + ") = "), good);
    String wrong = hash() + "  " + zero + "\n";
    Path list = directory.resolve("list");
    Files.writeString(list, good + hash().toUpperCase(Locale.ROOT) + " *" + image + "\n");
    assertEquals(
        image + ": OK\n" + image + ": OK\n", Cli.run("hash", "-c", list).orFail().output());

    Files.writeString(list, good + wrong + hash() + "  " + none + "\nrubbish\n\\bad\\x\n");
    Cli.Result result = Cli.run("hash", "--check", list);
    assertEquals(1, result.status());
    assertEquals(
        image + ": OK\n" + zero + ": FAILED\n" + none + ": FAILED open or read\n", result.output());
    assertEquals(
        """
        diskformat: %s: no such file
        diskformat: WARNING: 2 lines are improperly formatted
        diskformat: WARNING: 1 listed file could not be read
        diskformat: WARNING: 1 computed checksum did NOT match
        """
            .formatted(none),
        result.error());
    // As sha256sum has it, a line that is no line is no failure.
    Files.writeString(list, good + "rubbish\n");
    assertEquals(0, Cli.run("hash", "-c", list).status());
    Files.writeString(list, "rubbish\n");
    assertTrue(Cli.run("hash", "-c", list).message(1).contains("no checksums"));
    Files.writeString(list, "CRC32 (" + image + ") = " + hash() + "\n");
    assertEquals(1, Cli.run("hash", "-c", list).status());
  }

  @Test
  void aListThatIsNoneIsRefusedByName() throws IOException {
    assertEquals(
        directory + ": reading: Is a directory", Cli.run("hash", "-c", directory).message(1));
    Path endless = Path.of("/dev/zero");
    assumeTrue(Files.exists(endless));
    assertEquals(
        "/dev/zero: no list of checksums: a line has more than 16384 bytes",
        Cli.run("hash", "-c", endless).message(1));
  }

  /** With U+FFFD put for a byte, the name would be that of another file. */
  @Test
  void aNameThatIsNoTextIsNoOtherFile() throws IOException {
    assumeTrue(System.getProperty("sun.jnu.encoding", "").equalsIgnoreCase("UTF-8"));
    Path other = Files.write(directory.resolve("x\ufffdy"), new byte[512]);
    String line = Cli.run("hash", "-fraw", other).orFail().output();
    byte[] latin1 = line.replace("\ufffd", "\u00ff").getBytes(StandardCharsets.ISO_8859_1);
    Path list = Files.write(directory.resolve("list"), latin1);
    assertEquals(list + ": no checksums in it", Cli.run("hash", "-c", "-fraw", list).message(1));
    Files.writeString(list, line);
    assertEquals(other + ": OK\n", Cli.run("hash", "-c", "-fraw", list).orFail().output());
  }

  @Test
  void refusesWhatThereIsNot() {
    assertTrue(Cli.run("hash", "--algorithm=crc", image).message(1).contains("crc"));
    Cli.run("hash", "-l", "nonesuch", image).message(1);
    Cli.run("hash", directory.resolve("nonesuch")).message(1);
    Cli.run("hash", "-c", directory.resolve("nonesuch")).message(1);
    Cli.run("hash", "-c", "--output=json", image).message(1);
    Cli.run("hash", "-c", "--tag", image).message(1);
    Cli.run("hash", "--output=xml", image).message(1);
  }
}
