package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Runs the tool. */
final class Cli {
  private Cli() {}

  /** What a run left. */
  record Result(int status, String output, String error) {

    /** Fails the test unless the run succeeded without complaint. */
    Result orFail() {
      assertEquals("", error);
      assertEquals(0, status, output);
      return this;
    }

    /** Fails the test unless the run failed as the tool fails: one line, and no more. */
    String message(int expectedStatus) {
      assertEquals(expectedStatus, status, output + error);
      assertTrue(error.startsWith("diskformat: "), error);
      assertEquals(error.length() - 1, error.indexOf('\n'), error);
      return error.substring("diskformat: ".length(), error.length() - 1);
    }
  }

  /** Runs the tool. Each argument's {@code toString} is what it is given. */
  static Result run(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] args = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int status = DiskformatCommand.run(args, out, err);
    return new Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
