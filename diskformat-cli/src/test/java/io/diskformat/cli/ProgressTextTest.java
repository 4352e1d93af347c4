package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import io.diskformat.transfer.RatedProgress.Report;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgressTextTest {
  private static final long MIB = 1 << 20;

  private static Report report(long done, long rate, long elapsed, long left) {
    return new Report(
        done,
        1000 * MIB,
        rate,
        Duration.ofSeconds(elapsed),
        left < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(left)));
  }

  @Test
  void showsWhatIsKnown() {
    assertEquals("    (0.00/100%)", ProgressText.rated(report(0, 0, 0, -1)));
    assertEquals(
        "    (25.00/100%)  125 MiB/s  0:06 left",
        ProgressText.rated(report(250 * MIB, 125 * MIB, 2, 6)));
    assertEquals(
        "    (0.10/100%)  1 KiB/s  284:10:09 left",
        ProgressText.rated(report(MIB, 1024, 2, 1_023_009)));
    assertEquals(
        "    (100.00/100%)  1 GiB/s  1:01 in all",
        ProgressText.rated(report(1000 * MIB, 1024 * MIB, 61, 0)));
    assertEquals("    (25.00/100%)", ProgressText.plain(report(250 * MIB, 125 * MIB, 2, 6)));
  }

  /** What script runs has a screen. */
  @Test
  void aScreenShowsTheRateAndAPipeWhatQemuImgShows(@TempDir Path directory) throws Exception {
    Path image = Files.write(directory.resolve("image"), new byte[1 << 20]);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path options =
        Files.writeString(
            directory.resolve("options"),
            "--enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp \""
                + System.getProperty("java.class.path")
                + "\"\n");
    String start = java + " @" + options + " io.diskformat.cli.Main ";
    String onScreen =
        Oracle.of("script")
            .run("-qec", start + "convert -p " + image + " " + image + ".2", "/dev/null")
            .orFail()
            .output();
    assertTrue(onScreen.contains("(100.00/100%)"), onScreen);
    assertTrue(onScreen.contains(" in all\r"), onScreen);
    String aside =
        Oracle.of("script")
            .run("-qec", start + "hash -p " + image + " | cat > " + image + ".sum", "/dev/null")
            .orFail()
            .output();
    assertTrue(aside.contains(" in all\r"), aside);
    assertEquals(64 + 2 + image.toString().length() + 1, Files.size(Path.of(image + ".sum")));
    String piped = Cli.run("convert", "-p", image, image + ".3").orFail().output();
    assertFalse(piped.contains("in all"), piped);
  }
}
