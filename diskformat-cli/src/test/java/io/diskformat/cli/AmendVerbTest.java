package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
