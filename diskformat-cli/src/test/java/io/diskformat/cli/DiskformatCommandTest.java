package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is common to all verbs. */
class DiskformatCommandTest {
  @TempDir Path directory;

  @Test
  void listsTheVerbs() {
    String help = Cli.run("--help").orFail().output();
    assertEquals(help, Cli.run("-h").orFail().output());
    assertEquals(help, Cli.run("help").orFail().output());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check", "commit", "compact", "compare", "convert", "create", "demo", "formats", "hash",
        "info", "iso", "map", "resize"
      })
  void helpsWithEachVerb(String verb) {
    assertTrue(Cli.run("--help").output().contains("\n  " + verb + " "), verb);
    String help = Cli.run(verb, "--help").orFail().output();
    assertTrue(help.startsWith("Usage: diskformat " + verb), help);
    assertTrue(help.contains("--help"), help);
    assertEquals(help, Cli.run(verb, "-h").orFail().output());
  }

  @Test
  void tellsItsVersion() {
    String version = Cli.run("--version").orFail().output();
    assertTrue(version.startsWith("diskformat "), version);
    assertEquals(version, Cli.run("-V").orFail().output());
  }

  @Test
  void listsTheFormats() {
    List<String> formats = Cli.run("formats").orFail().output().lines().toList();
    assertTrue(formats.containsAll(List.of("qcow2", "raw")), formats.toString());
  }

  @Test
  void refusesUnknownVerbs() {
    assertTrue(Cli.run("frobnicate").message(1).contains("\"frobnicate\""));
    Cli.run("evil\n\u001b[2J").message(1);
    Cli.run().message(1);
    Cli.run("").message(1);
  }

  @Test
  void refusesUnknownOptions() {
    assertTrue(Cli.run("info", "--nonesuch", "x").message(1).contains("--nonesuch"));
    assertTrue(Cli.run("info", "x", "y").message(1).contains("\"y\""));
    Cli.run("info").message(1);
    Cli.run("info", "--output=xml", "x").message(1);
    Cli.run("info", "--references=some", "x").message(1);
    Cli.run("info", "-f").message(1);
    Cli.run("compare", "--nonesuch", "x", "y").message(2);
    String message = Cli.run("info", "--image-opts", "driver=raw").message(1);
    assertTrue(message.startsWith("--image-opts"), message);
  }

  @Test
  void takesOptionsInAnyOrderAndTheLastOfSeveral() throws IOException {
    Path image = directory.resolve("@x.qcow2");
    DemoImage.write(image);
    String raw = Cli.run("info", "--output=json", "-f", "raw", image).orFail().output();
    String raw2 =
        Cli.run("info", "-fqcow2", image, "-fraw", "--output", "human", "--output", "json")
            .orFail()
            .output();
    assertEquals(raw, raw2);
    assertTrue(raw.contains("\"format\": \"raw\""), raw);
    Cli.run("info", "--", image).orFail();
  }

  /** Whoever knows qemu-img types what is no name of a file here. */
  @Test
  void saysWhatToDoWhereQemuWouldGoOn() throws IOException {
    assertEquals(
        "json:{}: no such file; names are those of files, and no protocol of QEMU is spoken",
        Cli.run("info", "json:{}").message(1));
    Path raw = Files.write(directory.resolve("raw"), new byte[512]);
    assertEquals(
        raw + ": of no format that is recognized, and not taken for raw unless named so, by -f raw",
        Cli.run("resize", raw, "1M").message(1));
  }

  @Test
  void takesFileNamesThatLookOdd() throws IOException {
    for (String name : List.of("@file", "a b", "${x}", "'x'", "#x", "\u65e5\u672c", "x=y")) {
      Path image;
      try {
        image = Files.write(directory.resolve(name), new byte[512]);
      } catch (java.nio.file.InvalidPathException e) {
        continue; // The locale has no such name.
      }
      String output = Cli.run("info", image).orFail().output();
      assertTrue(output.startsWith("image: " + image + "\n"), output);
    }
  }

  @Test
  void neverWritesControlCharactersOfAName() {
    String message = Cli.run("info", "evil\n\u001b[2J\u009b\u2028").message(1);
    assertFalse(message.chars().anyMatch(Character::isISOControl), message);
    assertTrue(message.startsWith("evil\\u000a\\u001b[2J\\u009b\\u2028: "), message);
  }

  /** Takes a number of bytes and then fails. */
  private static OutputStream failing(String reason, int after) {
    return new OutputStream() {
      private int taken;

      @Override
      public void write(int b) throws IOException {
        if (taken++ >= after) {
          throw new IOException(reason);
        }
      }
    };
  }

  @Test
  void endsQuietlyWhenNobodyReads() {
    for (int after : new int[] {0, 100}) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int status =
          DiskformatCommand.run(new String[] {"--help"}, failing("Broken pipe", after), err);
      assertEquals(141, status);
      assertEquals(0, err.size());
    }
  }

  @Test
  void saysWhenOutputCannotBeWritten() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        DiskformatCommand.run(new String[] {"--help"}, failing("No space left on device", 10), err);
    assertEquals(1, status);
    assertEquals(
        "diskformat: cannot write the output: No space left on device\n",
        err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void showsWhatIsNoTextAsAnEscape() {
    assertEquals("a\\udcffb", Terminal.printable("a\udcffb"));
    assertEquals("\\ud83d", Terminal.printable("\ud83d"));
    assertEquals("\ud83d\ude00", Terminal.printable("\ud83d\ude00"));
  }
}
