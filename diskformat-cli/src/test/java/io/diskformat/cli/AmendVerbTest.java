package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code amend}. */
final class AmendVerbTest {
  @TempDir private Path directory;

  private Path image(String name) {
    Path image = directory.resolve(name);
    Cli.run("create", "-q", "-f", "qcow2", image, "1M").orFail();
    return image;
  }

  /** The same amendments have the same outcome, and say the same. */
  @Test
  void doesWhatQemuImgDoes() {
    Path ours = image("ours.qcow2");
    Path theirs = image("theirs.qcow2");
    for (String options :
        List.of(
            "compat=0.10",
            "refcount_bits=32",
            "compat=1.1,lazy_refcounts=on,refcount_bits=8",
            "size=2M",
            "cluster_size=4096",
            "backing_file=x",
            "compat=0.10",
            "refcount_bits=16",
            "compat=0.10,lazy_refcounts=off")) {
      for (String progress : List.of("-p", "-q")) {
        Oracle.Result expected = Oracle.qemuImg("amend", progress, "-o", options, theirs);
        Cli.Result found = Cli.run("amend", progress, "-o", options, ours);
        assertEquals(expected.exitCode(), found.status(), options + found.error());
        assertEquals(expected.output().isEmpty(), found.output().isEmpty(), options);
      }
    }
    String compared = Oracle.qemuImg("compare", ours, theirs).orFail().output();
    assertTrue(compared.contains("identical"), compared);
    Oracle.qemuImg("check", ours).orFail();
  }

  /** Passphrases are added and removed with the same outcome, and the same are left. */
  @ParameterizedTest
  @ValueSource(strings = {"luks", "qcow2"})
  void keySlotsAreChangedAsQemuImgDoes(String format) throws IOException {
    String prefix = format.equals("luks") ? "" : "encrypt.";
    EncryptedImage theirs = new EncryptedImage(directory.resolve("theirs"), format, "first");
    theirs.createByQemu(1 << 20, "").orFail();
    EncryptedImage ours = new EncryptedImage(directory.resolve("ours"), format, "first");
    Files.copy(theirs.file(), ours.file());
    String second = "secret,id=second,data=second";
    for (String options :
        List.of(
            "state=active,new-secret=second,iter-time=10",
            "state=active,new-secret=second,keyslot=5,iter-time=10",
            "state=active,new-secret=second,keyslot=5,iter-time=10",
            "state=active,new-secret=second,keyslot=8,iter-time=10",
            "state=active",
            "new-secret=second",
            "state=active,new-secret=second,old-secret=sec",
            "state=active,new-secret=nobody",
            "state=perhaps,new-secret=second",
            "state=inactive",
            "state=inactive,keyslot=3",
            "state=inactive,keyslot=1",
            "state=inactive,old-secret=second,iter-time=10",
            "state=inactive,old-secret=second,new-secret=second",
            "state=inactive,old-secret=second",
            "state=inactive,old-secret=second",
            "state=inactive,old-secret=sec",
            "state=inactive,keyslot=0",
            "state=active,new-secret=second,iter-time=10",
            "state=inactive,keyslot=0")) {
      Oracle.Result expected = theirs.amendByQemu(second, options);
      Cli.Result found =
          Cli.run(
              "amend",
              "--object",
              "secret,id=sec,data=first",
              "--object",
              second,
              "--image-opts",
              "-o",
              prefix + options.replace(",", "," + prefix),
              ours.imageOptions());
      assertEquals(expected.exitCode(), found.status(), options + expected + found.error());
      assertEquals(slots(theirs.file()), slots(ours.file()), options);
    }
    // Only the second one opens it now; asked of QEMU, and of what QEMU has made.
    EncryptedImage left = new EncryptedImage(ours.file(), format, "second");
    left.exportByQemu(directory.resolve("disk"));
    assertEquals(1, opens(ours));
    assertEquals(0, opens(left));
    assertEquals(0, opens(new EncryptedImage(theirs.file(), format, "second")));
  }

  private static int opens(EncryptedImage image) {
    String secret = "secret,id=sec,data=" + image.passphrase();
    return Cli.run("hash", "--object", secret, "--image-opts", image.imageOptions()).status();
  }

  /** Returns which key slots are in use. */
  private static List<String> slots(Path image) {
    return Oracle.qemuImg("info", image)
        .orFail()
        .output()
        .lines()
        .filter(line -> line.contains("active: "))
        .toList();
  }

  @Test
  void namesWhatCannotBe() {
    Path image = image("image.qcow2");
    assertEquals("Must specify options (-o)", Cli.run("amend", image).message(1));
    String message = Cli.run("amend", "-o", "cluster_size=4096", image).message(1);
    assertTrue(message.contains("Invalid parameter 'cluster_size'"), message);
    Path raw = directory.resolve("image.raw");
    Cli.run("create", "-q", "-f", "raw", raw, "1M").orFail();
    message = Cli.run("amend", "-f", "raw", "-o", "size=2M", raw).message(1);
    assertTrue(message.contains("amending an image of format raw"), message);
  }

  /** What qemu-img lists is listed, in its order and form; the words for it are our own. */
  @Test
  void listsWhatCanBeChanged() {
    String listed = Cli.run("amend", "-f", "qcow2", "-o", "help").orFail().output();
    List<String> expected =
        names(Oracle.qemuImg("amend", "-f", "qcow2", "-o", "help").orFail().output());
    expected.removeIf(name -> name.strip().startsWith("backing_"));
    assertEquals(expected, names(listed).stream().map(AmendVerbTest::asQemuTypes).toList());
    assertEquals(listed, Cli.run("amend", "-o", "help", image("a.qcow2")).orFail().output());
    assertEquals(
        "images of format vdi are not amended",
        Cli.run("amend", "-f", "vdi", "-o", "help").message(1));
  }

  private static List<String> names(String listed) {
    return listed
        .lines()
        .map(line -> line.replaceFirst(" +- .*", ""))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** Ours is one of a list of numbers, theirs any. */
  private static String asQemuTypes(String name) {
    return name.replace("refcount_bits=<str>", "refcount_bits=<num>");
  }
}
