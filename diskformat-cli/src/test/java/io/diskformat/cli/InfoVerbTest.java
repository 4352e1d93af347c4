package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.diskformat.ImageInfo;
import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code info}, compared with that of qemu-img. */
class InfoVerbTest {
  @TempDir Path directory;

  /** The host may still be deciding where the file's bytes go, and with it how many there are. */
  private static String withoutActualSize(String output) {
    return output
        .replaceAll("(?m)^disk size: .*$", "disk size: ?")
        .replaceAll("\"actual-size\": \\d+", "\"actual-size\": 0");
  }

  private static void assertAgrees(Object... options) {
    Object[] arguments = new Object[options.length + 1];
    arguments[0] = "info";
    System.arraycopy(options, 0, arguments, 1, options.length);
    String theirs = withoutActualSize(Oracle.qemuImg(arguments).orFail().output());
    String ours = withoutActualSize(Cli.run(arguments).orFail().output());
    String message = List.of(arguments).toString();
    if (theirs.startsWith("{") || theirs.startsWith("[")) {
      assertEquals(JsonParser.parseString(theirs), JsonParser.parseString(ours), message);
    }
    assertEquals(theirs, ours, message);
  }

  @Test
  void saysWhatQemuImgSays() throws IOException {
    for (Path image : SampleImages.in(directory)) {
      assertAgrees(image);
      assertAgrees("--output=json", image);
      assertAgrees("--backing-chain", image);
      assertAgrees("--output", "json", "--backing-chain", image);
      assertAgrees("-f", "raw", "-U", "--output=json", image);
    }
  }

  @Test
  void tellsWhatEncryptsAnImageWithoutASecret() {
    for (String options : List.of("aes", "luks,encrypt.iter-time=10")) {
      Path image = directory.resolve("x.qcow2");
      Oracle.Result made = createEncrypted(options, image);
      // For LUKS it measures the processor, and gives up where that is busy with something else.
      for (int tries = 1; made.error().contains("CPU usage") && tries < 50; tries++) {
        made = createEncrypted(options, image);
      }
      made.orFail();
      assertAgrees(image);
      assertAgrees("--output=json", image);
      assertAgrees("--backing-chain", "-f", "qcow2", image);
      String message = Cli.run("convert", "-O", "raw", image, directory.resolve("y")).message(1);
      assertTrue(
          message.matches(".*x\\.qcow2: is encrypted, and no passphrase was supplied"), message);
    }
  }

  private static Oracle.Result createEncrypted(String options, Path image) {
    return Oracle.qemuImg(
        "create",
        "-q",
        "-f",
        "qcow2",
        "--object",
        "secret,id=s,data=abcdefgh",
        "-o",
        "encrypt.key-secret=s,encrypt.format=" + options,
        image,
        "1M");
  }

  @Test
  void tellsTheActualSize() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[100_000]);
    String output = Cli.run("info", "--output=json", image).orFail().output();
    long actual = JsonParser.parseString(output).getAsJsonObject().get("actual-size").getAsLong();
    assertTrue(actual >= 0 && actual < 1 << 20, output);
  }

  /**
   * Without native calls nobody knows it; qemu-img has the same word, and leaves it out of JSON.
   */
  @Test
  void saysWhereTheActualSizeIsNotKnown() throws IOException {
    ImageInfo info =
        new ImageInfo(
            "raw",
            "x.raw",
            512,
            OptionalLong.empty(),
            OptionalLong.empty(),
            false,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of(),
            Map.of());
    ImageDescription description = new ImageDescription("x.raw", info);
    assertFalse(description.toMap().containsKey("actual-size"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(out, out, StandardCharsets.UTF_8, false);
    description.print(terminal);
    terminal.flush();
    String text = out.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("\ndisk size: unavailable\n"), text);
  }

  @Test
  void opensNoFileThatTheImageNames() throws IOException {
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image, "nbd:localhost:1");
    String output = Cli.run("info", image).orFail().output();
    assertTrue(output.contains("\nbacking file: nbd:localhost:1\n"), output);
    String message = Cli.run("info", "--backing-chain", image).message(1);
    assertTrue(message.contains("nbd:localhost:1"), message);
  }

  @Test
  void opensBackingFilesAsAllowed() throws IOException {
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Files.write(directory.resolve("outside.raw"), new byte[512]);
    Path image = inside.resolve("x.qcow2");
    DemoImage.write(image, "../outside.raw");
    for (String policy : List.of("same-directory", "none")) {
      String denied =
          Cli.run("info", "--backing-chain", "--references=" + policy, image).message(1);
      assertTrue(denied.contains("../outside.raw"), denied);
      assertTrue(denied.contains("--references"), denied);
    }
    String allowed =
        Cli.run("info", "--backing-chain", "--references=any", image).orFail().output();
    assertTrue(allowed.contains("\n\nimage: " + inside + "/../outside.raw\n"), allowed);
  }

  @Test
  void tellsOfAMissingBackingFileOnlyWhereItMayLook() throws IOException {
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path image = inside.resolve("x.qcow2");
    DemoImage.write(image, "../missing.raw");
    String denied = Cli.run("info", "--backing-chain", image).message(1);
    assertFalse(denied.contains("no such file"), denied);
    String missing = Cli.run("info", "--backing-chain", "--references=any", image).message(1);
    assertTrue(missing.contains("missing.raw: no such file"), missing);
  }

  @Test
  void findsCycles() throws IOException {
    Path self = directory.resolve("self.qcow2");
    DemoImage.write(self, "self.qcow2");
    assertTrue(Cli.run("info", "--backing-chain", self).message(1).contains("already part"));
    Path first = directory.resolve("first.qcow2");
    DemoImage.write(first, "second.qcow2");
    DemoImage.write(directory.resolve("second.qcow2"), "first.qcow2");
    assertTrue(Cli.run("info", "--backing-chain", first).message(1).contains("already part"));
    Cli.run("info", first).orFail();
  }

  @Test
  void showsNoControlCharacters() throws IOException {
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image, "\u001b[31mred\nimage: other\u009b\u202e");
    String human = Cli.run("info", image).orFail().output();
    assertTrue(
        human.contains("backing file: \\u001b[31mred\\u000aimage: other\\u009b\\u202e"), human);
    String json = Cli.run("info", "--output=json", image).orFail().output();
    assertTrue(json.contains("\\u001B[31mred\\nimage: other\\u009B\\u202E\""), json);
    String error = Cli.run("info", "--backing-chain", image).message(1);
    assertFalse(error.contains("\u001b"), error);
  }

  @Test
  void refusesWhatIsNoImage() throws IOException {
    assertTrue(Cli.run("info", directory.resolve("none")).message(1).endsWith(": no such file"));
    Cli.run("info", directory).message(1);
    Path raw = Files.write(directory.resolve("x.raw"), new byte[1024]);
    Cli.run("info", "-f", "qcow2", raw).message(1);
    assertTrue(Cli.run("info", "-f", "nonesuch", raw).message(1).contains("nonesuch"));
  }
}
