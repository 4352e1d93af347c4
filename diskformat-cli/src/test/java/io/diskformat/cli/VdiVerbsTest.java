package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
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
    String text = json.output();
    assertEquals(
        """
        {
            "image-end-offset": 1048600,
            "total-clusters": 6,
            "corruptions": 1,
            "check-errors": 0,
            "filename": "FILE",
            "format": "vdi",
            "findings": [
                {
                    "severity": "corruption",
                    "kind": "other",
                    "structure": "parent",
        """
            .replace("FILE", child.toString()),
        text.substring(0, text.indexOf("            \"found\": ")));
    assertTrue(text.contains(image + " was changed since this image was made"), text);
  }

  @Test
  void aCheckTellsThatTheParentIsNotFound() throws IOException {
    Cli.Result denied = check(List.of("--references=none"));
    String message = denied.message(1);
    assertTrue(message.contains("is not opened: nothing is found for it"), message);
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
    OpenOptions reading =
        OpenOptions.readOnly().format("vdi").references(ReferencePolicy.sameDirectory());
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

  private void copyWritten(Path copy) throws IOException {
    Files.copy(image, copy);
    Cli.run("bench", "-w", "--pattern=7", "-c", "1", "--parent", image, "-f", "vdi", child)
        .orFail();
  }

  @Test
  void aParentBesideACopyIsNotGuessed() throws IOException {
    Path copy = directory.resolve("backup.vdi");
    copyWritten(copy);
    for (String verb : List.of("map", "hash", "commit", "compact")) {
      String message = Cli.run(verb, child).message(1);
      assertTrue(message.startsWith(child + ": parent \"{"), message);
      assertTrue(message.contains(image.toString()), message);
      assertTrue(message.contains(copy.toString()), message);
      assertTrue(message.endsWith("; --parent says which"), message);
    }
    for (Path named : List.of(image, copy)) {
      String chain = Cli.run("info", "--backing-chain", "--parent", named, child).orFail().output();
      assertTrue(chain.contains("\nimage: " + named.toRealPath() + "\n"), chain);
      Cli.run("check", "--parent", named, child).orFail();
    }
  }

  @Test
  void commitsIntoTheBaseThatIsNamed() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path copy = elsewhere.resolve("backup.vdi");
    copyWritten(copy);
    Files.copy(copy, directory.resolve("backup.vdi"));
    byte[] before = Files.readAllBytes(copy);
    String message = Cli.run("commit", "-b", child, "-f", "vdi", child).message(1);
    assertTrue(message.contains("already part of the chain"), message);
    message = Cli.run("commit", "-b", "none.vdi", "-f", "vdi", child).message(1);
    assertTrue(message.contains("none.vdi: no such file"), message);
    Cli.run("commit", "-d", "-b", image, "-f", "vdi", child).orFail();
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(copy)));
    // One that the user names is opened wherever it is.
    Cli.run("commit", "-b", copy, "-f", "vdi", child).orFail();
    Oracle.qemuImg("compare", copy, image).orFail();
  }

  @Test
  void parentsAreOpenedAsFarAsAllowed() {
    String message = Cli.run("map", "--references=none", child).message(1);
    assertTrue(message.contains("--references=same-directory"), message);
    Cli.run("map", "--references=none", "--parent", image, child).orFail();
  }
}
