package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.SizeText;
import io.diskformat.testing.Oracle;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes as people write and read them. */
class SizesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "010, 10",
    "512B, 512",
    "5k, 5120",
    "5K, 5120",
    "1.5G, 1610612736",
    "1.k, 1024",
    "0.3333333333333333333333k, 341",
    "1.0004882812k, 1024",
    "1.00048828125k, 1025",
    "2T, 2199023255552",
    "7P, 7881299347898368",
    "7E, 8070450532247928832",
    "0x10, 16",
    "0X1b, 27",
    "9223372036854775807, 9223372036854775807"
  })
  void readsSizes(String text, long bytes) {
    assertEquals(bytes, SizeText.parse(text, "size"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "k",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.5",
        "1.5B",
        ".5k",
        "1.5.5k",
        "1e3",
        "1KB",
        "0x",
        "0x1k",
        "0x1.8",
        "8E",
        "9223372036854775808",
        "99999999999999999999999",
        "\u0661k",
        "1\u212a"
      })
  void refusesWhatIsNoSize(String text) {
    assertThrows(IllegalArgumentException.class, () -> SizeText.parse(text, "size"));
  }

  @Test
  void readsSizesAsQemuImgDoes() {
    for (String text : List.of("1.7k", "010", "3.00000001G", "0x1000", "12b", "1.k", "0.5M")) {
      String output =
          Oracle.qemuImg("create", "-f", "raw", directory.resolve("x"), text).orFail().output();
      long bytes = Long.parseLong(output.strip().substring(output.lastIndexOf("size=") + 5));
      assertEquals(bytes, SizeText.parse(text, "size"), text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1, 1 B",
    "999, 999 B",
    "1000, 0.977 KiB",
    "1023, 0.999 KiB",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "1023488, 1e+03 KiB",
    "1047552, 0.999 MiB",
    "10234880, 9.76 MiB",
    "107374182400, 100 GiB",
    "1125899906842624, 1 PiB",
    "9223372036854775807, 8 EiB"
  })
  void writesSizes(long bytes, String text) {
    assertEquals(text, Sizes.human(bytes));
  }

  @Test
  void writesSizesAsQemuImgDoes() {
    Random random = new Random(1);
    Path image = directory.resolve("x");
    for (int i = 0; i < 40; i++) {
      long bytes = (random.nextLong() >>> (16 + random.nextInt(35))) & -512;
      Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=2M", image, bytes).orFail();
      String output = Oracle.qemuImg("info", image).orFail().output();
      String expected = "virtual size: " + Sizes.human(bytes) + " (" + bytes + " bytes)";
      assertEquals(expected, output.lines().skip(2).findFirst().orElse(""), output);
    }
  }

  @Test
  void roundsAsExactArithmeticDoes() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      long bytes = random.nextLong() >>> (1 + random.nextInt(63));
      // Halves are where it is easy to go wrong.
      bytes = i % 2 == 0 ? bytes : bytes & -(1L << random.nextInt(63));
      assertEquals(exact(bytes), Sizes.human(bytes));
    }
  }

  private static String exact(long bytes) {
    int unit = bytes == 0 ? 0 : Math.getExponent(bytes / (1000.0 / 1024.0)) / 10;
    BigDecimal value =
        new BigDecimal((double) bytes / (1L << (10 * unit)))
            .round(new MathContext(3, RoundingMode.HALF_EVEN))
            .stripTrailingZeros();
    String text = value.compareTo(BigDecimal.valueOf(1000)) >= 0 ? "1e+03" : value.toPlainString();
    return text + " " + (unit == 0 ? "" : "KMGTPE".charAt(unit - 1) + "i") + "B";
  }
}
