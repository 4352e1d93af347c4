package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code snapshot}. */
final class SnapshotVerbTest {
  @TempDir private Path directory;

  private Path image(String name) {
    Path image = directory.resolve(name);
    Cli.run("create", "-q", "-f", "qcow2", image, "1M").orFail();
    return image;
  }

  private static String dateless(String list) {
    return list.replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d", "(then)");
  }

  /** The same commands do the same to two images, and say the same. */
  @Test
  void doesWhatQemuImgDoes() throws IOException {
    Path ours = image("ours.qcow2");
    Path theirs = image("theirs.qcow2");
    List<List<Object>> commands =
        List.of(
            List.of("-l"),
            List.of("-c", "one"),
            List.of("-c", "two \u00e4"),
            List.of("-q", "-c", "a name that is longer than its column"),
            List.of(),
            List.of("-l"),
            List.of("-U", "-l"),
            List.of("-a", "two \u00e4"),
            List.of("-a", "1"),
            List.of("-d", "2"),
            List.of("-a", "none"),
            List.of("-d", "one"),
            List.of("-l", "-c", "x"),
            List.of("-c", "another"),
            List.of("-U", "-c", "x"),
            List.of("-l"));
    for (List<Object> command : commands) {
      Oracle.Result expected = Oracle.qemuImg(with(command, theirs));
      Cli.Result found = Cli.run(with(command, ours));
      assertEquals(expected.exitCode(), found.status(), command + found.error());
      assertEquals(dateless(expected.output()), dateless(found.output()));
      assertEquals(expected.error().isEmpty(), found.error().isEmpty());
    }
    // Each lists what the other took.
    assertEquals(
        Oracle.qemuImg("snapshot", "-l", ours).orFail().output(),
        Cli.run("snapshot", "-l", ours).orFail().output());
    assertEquals(
        Oracle.qemuImg("snapshot", "-l", theirs).orFail().output(),
        Cli.run("snapshot", "-l", theirs).orFail().output());
    Oracle.qemuImg("check", ours).orFail();
  }

  private static Object[] with(List<Object> options, Path image) {
    Object[] arguments = new Object[options.size() + 2];
    arguments[0] = "snapshot";
    for (int i = 0; i < options.size(); i++) {
      arguments[i + 1] = options.get(i);
    }
    arguments[arguments.length - 1] = image;
    return arguments;
  }

  @Test
  void listsAsJson() {
    Path image = image("image.qcow2");
    Cli.run("snapshot", "-c", "one", image).orFail();
    String list = Cli.run("snapshot", "-l", "--output=json", image).orFail().output();
    assertTrue(list.contains("\"name\": \"one\""), list);
    assertTrue(list.startsWith("["), list);
  }

  @Test
  void namesWhatCannotBe() {
    Path raw = directory.resolve("image.raw");
    Cli.run("create", "-q", "-f", "raw", raw, "1M").orFail();
    String message = Cli.run("snapshot", "-f", "raw", "-c", "x", raw).message(1);
    assertTrue(message.contains("snapshots of an image of format raw"), message);
    message = Cli.run("snapshot", "-d", "x", image("image.qcow2")).message(1);
    assertTrue(message.contains("could not delete snapshot 'x': snapshot not found"), message);
  }
}
