package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check}, {@code commit} and {@code compact}, as far as all formats are alike. */
class MaintenanceVerbsTest {
  @TempDir Path directory;

  @Test
  void tellsThatAFormatCannotBeChecked() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[4096]);
    for (List<String> more : List.of(List.<String>of(), List.of("-r", "all"))) {
      Object[] arguments = {"check", "-f", "raw", image};
      Object[] all = new Object[arguments.length + more.size()];
      System.arraycopy(arguments, 0, all, 0, arguments.length);
      System.arraycopy(more.toArray(), 0, all, arguments.length, more.size());
      assertEquals(63, Oracle.qemuImg(all).exitCode());
      assertTrue(Cli.run(all).message(63).contains("raw"));
    }
    assertArrayEquals(new byte[4096], Files.readAllBytes(image));
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[4096]);
    assertTrue(Cli.run("check", "-r", "some", image).message(1).contains("\"some\""));
    Cli.run("check", "--output=xml", image).message(1);
    Cli.run("check", directory.resolve("none")).message(1);
    Cli.run("check").message(1);
    Cli.run("commit", image).message(1);
    Cli.run("commit", "-b", image, image).message(1);
    Cli.run("compact", image).message(1);
    assertArrayEquals(new byte[4096], Files.readAllBytes(image));
  }
}
