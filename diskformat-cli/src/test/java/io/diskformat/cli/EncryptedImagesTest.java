package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Passphrases by {@code --object}, and images by {@code --image-opts}, as qemu-img has them. */
final class EncryptedImagesTest {
  private static final String SECRET = "secret,id=sec,data=a passphrase";

  @TempDir Path directory;

  private EncryptedImage image(String format) {
    return new EncryptedImage(directory.resolve("x." + format), format, "a passphrase");
  }

  private Path content() throws IOException {
    byte[] bytes = new byte[1 << 20];
    new Random(5).nextBytes(bytes);
    return Files.write(directory.resolve("x.raw"), bytes);
  }

  @ParameterizedTest
  @CsvSource({"luks, ''", "qcow2, 'encrypt.format=luks,'"})
  void convertsToAndFrom(String format, String first) throws IOException {
    EncryptedImage image = image(format);
    String prefix = format.equals("luks") ? "" : "encrypt.";
    String options = first + prefix + "key-secret=sec," + prefix + "iter-time=1";
    Path raw = content();
    Cli.run("convert", "--object", SECRET, "-O", format, "-o", options, raw, image.file()).orFail();
    Path theirs = directory.resolve("theirs.raw");
    image.exportByQemu(theirs);
    assertArrayEquals(Files.readAllBytes(raw), Files.readAllBytes(theirs));
    Path ours = directory.resolve("ours.raw");
    String source = image.imageOptions();
    Cli.run("convert", "--object", SECRET, "--image-opts", "-O", "raw", source, ours).orFail();
    assertArrayEquals(Files.readAllBytes(raw), Files.readAllBytes(ours));
    // The only secret is that of every image.
    Cli.run("compare", "--object", SECRET, image.file(), raw).orFail();
    assertEquals(
        image.byQemu("map", "--output=json").orFail().output(),
        Cli.run("map", "--object", SECRET, "--image-opts", "--output=json", source)
            .orFail()
            .output()
            .replace(", \"compressed\": false", ""));
    Cli.run("convert", "-n", "--object", SECRET, "--target-image-opts", theirs, source).orFail();
  }

  @Test
  void createsWhatQemuReads() throws IOException {
    EncryptedImage image = image("qcow2");
    Path file = Files.writeString(directory.resolve("pass"), "YSBwYXNzcGhyYXNl");
    String secret = "secret,id=sec,file=" + file + ",format=base64";
    String options = "encrypt.format=luks,encrypt.key-secret=sec,encrypt.iter-time=1";
    String said =
        Cli.run("create", "-f", "qcow2", "--object", secret, "-o", options, image.file(), "1M")
            .orFail()
            .output();
    assertFalse(said.contains("passphrase"), said);
    Path raw = directory.resolve("theirs.raw");
    image.exportByQemu(raw);
    assertArrayEquals(new byte[1 << 20], Files.readAllBytes(raw));
  }

  /** As QEMU's tools take them: each image's below by one more "backing.". */
  @Test
  void imagesOfAChainHavePassphrasesOfTheirOwn() throws IOException {
    Path below = directory.resolve("below.qcow2");
    Path above = directory.resolve("above.qcow2");
    String options = "encrypt.format=luks,encrypt.iter-time=1,encrypt.key-secret=";
    String first = "secret,id=first,data=of the one below";
    String second = "secret,id=second,data=of the one above";
    Cli.run("convert", "--object", first, "-O", "qcow2", "-o", options + "first", content(), below)
        .orFail();
    Object[] create = {
      "create", "-q", "-f", "qcow2", "--object", second, "-o", options + "second", "-u"
    };
    Cli.run(with(create, "-b", "below.qcow2", "-F", "qcow2", above, "1M")).orFail();
    String image = "driver=qcow2,file.filename=" + above + ",encrypt.key-secret=second";
    String both = image + ",backing.encrypt.key-secret=first";
    Path ours = directory.resolve("ours.raw");
    Object[] convert = {"convert", "--object", first, "--object", second, "--image-opts"};
    Cli.run(with(convert, "-O", "raw", both, ours)).orFail();
    assertArrayEquals(Files.readAllBytes(content()), Files.readAllBytes(ours));
    Oracle.qemuImg(with(convert, "-O", "raw", both, directory.resolve("theirs.raw"))).orFail();
    assertArrayEquals(
        Files.readAllBytes(ours), Files.readAllBytes(directory.resolve("theirs.raw")));
    String missing =
        Cli.run(with(convert, "-O", "raw", image + ",backing.backing.key-secret=first", ours))
            .message(1);
    assertEquals(below + ": is encrypted, and --image-opts names no passphrase for it", missing);
    Object[] commit = {"commit", "--object", first, "--object", second, "--image-opts", both};
    Cli.run(commit);
    Cli.run(with(convert, "-O", "raw", both, ours)).orFail();
    assertArrayEquals(Files.readAllBytes(content()), Files.readAllBytes(ours));
  }

  private static Object[] with(Object[] arguments, Object... more) {
    return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray();
  }

  @Test
  void whatIsWrongIsSaid() throws IOException {
    EncryptedImage image = image("luks");
    Cli.run(
            "create",
            "-f",
            "luks",
            "--object",
            SECRET,
            "-o",
            "key-secret=sec,iter-time=1",
            image.file(),
            "1M")
        .orFail();
    String wrong = Cli.run("hash", "--object", "secret,id=x,data=no", image.file()).message(1);
    assertEquals(image.file() + ": is encrypted, and the passphrase is not right", wrong);
    String missing = Cli.run("hash", image.file()).message(1);
    assertEquals(image.file() + ": is encrypted, and no passphrase was supplied", missing);
    String unknown =
        Cli.run("hash", "--object", "secret,id=x,data=no", "--image-opts", image.imageOptions())
            .message(1);
    assertEquals("No secret with id 'sec'", unknown);
    String more =
        Cli.run("map", "--object", SECRET, "--image-opts", image.imageOptions() + ",discard=unmap")
            .message(1);
    assertTrue(more.contains("discard=unmap"), more);
    for (String object :
        new String[] {"rng", "secret,id=s", "secret,data=x", "secret,id=s,data=x,iv=y"}) {
      String message = Cli.run("hash", "--object", object, image.file()).message(1);
      assertTrue(message.startsWith("--object"), message);
    }
  }
}
