package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs on VDI images, whose parents have no name. */
class VdiVerbsTest {
  private static final int SIZE = (5 << 20) + 512;

  @TempDir Path directory;
  private Path raw;
  private Path image;
  private Path child;

  @BeforeEach
  void makeImages() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    raw = Files.write(directory.resolve("disk.raw"), content);
    image = directory.resolve("disk.vdi");
    child = directory.resolve("child.vdi");
    Cli.run("convert", "-f", "raw", "-O", "vdi", raw, image).orFail();
    Cli.run("create", "-f", "vdi", "-o", "backing_file=disk.vdi,backing_fmt=vdi", child, SIZE)
        .orFail();
  }

  @Test
  void convertedAndResizedAsQemuReadsIt() {
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vdi", raw, image).orFail();
    Cli.run("resize", image, "700G").orFail();
    Oracle.qemuImg("check", "-f", "vdi", image).orFail();
    Cli.run("resize", "--shrink", image, SIZE).orFail();
    Oracle.qemuImg("check", "-f", "vdi", image).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vdi", raw, image).orFail();
  }

  @Test
  void parentsAreFoundBesideTheImage() {
    Cli.run("compare", "-f", "raw", "-F", "vdi", raw, child).orFail();
    assertTrue(Cli.run("map", child).orFail().output().contains(image.getFileName().toString()));
    String chain = Cli.run("info", "--backing-chain", child).orFail().output();
    assertEquals(
        2, Pattern.compile("^image: ", Pattern.MULTILINE).matcher(chain).results().count());
  }

  @Test
  void parentsAreNotLookedForUnlessAllowed() {
    String reading = Cli.run("map", "--references=none", child).message(1);
    assertTrue(reading.contains("--references=same-directory"), reading);
    String chain = Cli.run("info", "--backing-chain", "--references=none", child).message(1);
    assertTrue(chain.contains("--references=same-directory"), chain);
  }

  @Test
  void aParentThatWasChangedIsTold() {
    Cli.run("resize", image, "+1M").orFail();
    String message = Cli.run("map", child).message(1);
    assertTrue(message.contains("was changed since"), message);
  }

  @Test
  void aSoundChainIsToldToBeSound() {
    for (List<String> more : List.of(List.of("-r", "all"), List.<String>of(), List.of("-U"))) {
      String text = check(more).orFail().output();
      assertTrue(text.startsWith("No errors were found on the image.\n"), text);
      // A repair needs to write; the others do not.
      assertTrue(child.toFile().setReadOnly());
    }
  }

  private Cli.Result check(List<String> more) {
    List<Object> arguments = new ArrayList<>(List.of("check", child));
    arguments.addAll(more);
    return Cli.run(arguments.toArray());
  }

  @Test
  void aCheckTellsThatTheParentWasChanged() {
    Cli.run("resize", image, "+1M").orFail();
    for (List<String> more : List.of(List.<String>of(), List.of("-U"), List.of("-r", "leaks"))) {
      Cli.Result result = check(more);
      String message = result.message(2);
      assertTrue(message.startsWith("parent: " + image + " was changed since"), message);
      assertTrue(
          result
              .output()
              .startsWith(
                  """

                  1 errors were found on the image.
                  Data may be corrupted, or further writes to the image may corrupt it.
                  """),
          result.output());
    }
    Cli.Result json = check(List.of("--output=json"));
    assertEquals(2, json.status());
    assertEquals(
        """
        {
            "image-end-offset": 1048600,
            "total-clusters": 6,
            "corruptions": 1,
            "check-errors": 0,
            "filename": "FILE",
            "format": "vdi"
        }
        """
            .replace("FILE", child.toString()),
        json.output());
  }

  @Test
  void aCheckTellsThatTheParentIsNotFound() throws IOException {
    Cli.Result denied = check(List.of("--references=none"));
    String message = denied.message(1);
    assertTrue(message.contains("--references=same-directory"), message);
    assertTrue(
        denied
            .output()
            .startsWith(
                """

                1 internal errors have occurred during the check.
                Image end offset: 1048600
                """),
        denied.output());
    Files.delete(image);
    for (List<String> more : List.of(List.<String>of(), List.of("-r", "all"))) {
      assertTrue(check(more).message(1).startsWith("parent: not checked ("));
    }
    Cli.Result json = check(List.of("--output=json"));
    assertEquals(1, json.status());
    assertTrue(json.output().contains("\"check-errors\": 1,\n"), json.output());
    assertEquals(new Cli.Result(1, "", ""), check(List.of("-q")));
  }

  @Test
  void aCheckTakesTheLocksOfAReader() throws IOException {
    OpenOptions reading = OpenOptions.readOnly().format("vdi");
    try (DiskImage reader =
        DiskImages.open(child, reading.parents(ParentResolver.sameDirectory()))) {
      assertTrue(reader.size() > 0);
      check(List.of()).orFail();
    }
    try (DiskImage writer = DiskImages.open(image, OpenOptions.writable().format("vdi"))) {
      assertTrue(writer.isWritable());
      assertTrue(check(List.of()).message(1).contains(image.toString()));
      check(List.of("-U")).orFail();
      assertTrue(Cli.run("check", image).message(1).contains(image.toString()));
      Cli.run("check", "-U", image).orFail();
    }
  }
}
