package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

@DisabledOnOs(OS.WINDOWS)
final class OracleTest {
  private static final String PROPERTY = "diskformat.oracles";

  @TempDir Path directory;

  @Test
  void answerIsAllThatTheToolWroteAndItsCode() {
    Oracle.Result result = Oracle.of("sh").run("-c", "echo out; echo err >&2; exit 3");
    assertEquals(3, result.exitCode());
    assertEquals("out\n", result.output());
    assertEquals("err\n", result.error());
    assertEquals(List.of("-c", "echo out; echo err >&2; exit 3"), result.command().subList(1, 3));
    AssertionError failure = assertThrows(AssertionError.class, result::orFail);
    assertTrue(failure.getMessage().endsWith("exit code 3\nout\nerr\n"), failure.getMessage());
  }

  @Test
  void successPasses() {
    Oracle.Result result = Oracle.of("true").run();
    assertSame(result, result.orFail());
  }

  @Test
  void inputDirectoryAndLocaleAreHandedOver() {
    assertEquals("a b", Oracle.of("cat").input("a b").run().orFail().output());
    assertEquals("", Oracle.of("cat").run().orFail().output());
    assertEquals(
        directory.getFileName() + "\n",
        Oracle.of("sh").in(directory).run("-c", "basename \"$PWD\"").orFail().output());
    assertEquals("C\n", Oracle.of("sh").run("-c", "echo $LC_ALL").orFail().output());
  }

  @Test
  void muchOutputIsNoTrouble() {
    String script = "yes diskformat | head -c 3000000; yes error | head -c 3000000 >&2";
    Oracle.Result result = Oracle.of("sh").run("-c", script);
    assertEquals(3_000_000, result.output().length());
    assertEquals(3_000_000, result.error().length());
  }

  @Test
  void slowToolFailsTheTest() {
    Oracle oracle = Oracle.of("sh").timeout(Duration.ofMillis(100));
    AssertionError failure =
        assertThrows(AssertionError.class, () -> oracle.run("-c", "echo begun; exec sleep 60"));
    assertTrue(failure.getMessage().contains("not done after PT0.1S"), failure.getMessage());
    assertTrue(failure.getMessage().contains("begun"), failure.getMessage());
  }

  @Test
  void missingToolSkipsTheTestUnlessItIsRequired() {
    assertTrue(Oracle.isInstalled("sh"));
    assertFalse(Oracle.isInstalled("no-such-tool"));
    String before = System.getProperty(PROPERTY);
    try {
      System.clearProperty(PROPERTY);
      assertThrows(TestAbortedException.class, () -> Oracle.of("no-such-tool"));
      System.setProperty(PROPERTY, "required");
      assertThrows(AssertionFailedError.class, () -> Oracle.of("no-such-tool"));
    } finally {
      if (before == null) {
        System.clearProperty(PROPERTY);
      } else {
        System.setProperty(PROPERTY, before);
      }
    }
  }
}
