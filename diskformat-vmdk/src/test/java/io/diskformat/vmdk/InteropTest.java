package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.InfoAgreement;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What qemu-img makes is read as it reads it. */
final class InteropTest {
  private static final int SIZE = (70 << 20) + 5 * 512;

  @TempDir private Path directory;

  private Path raw() throws IOException {
    byte[] content = new byte[SIZE];
    Random random = new Random(1);
    for (int i = 0; i < 40; i++) {
      byte[] piece = new byte[1 + random.nextInt(300_000)];
      random.nextBytes(piece);
      System.arraycopy(piece, 0, content, random.nextInt(SIZE - piece.length), piece.length);
    }
    return Files.write(directory.resolve("x.raw"), content);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
        "streamOptimized",
        "monolithicSparse,zeroed_grain=on",
        "monolithicSparse,compat6",
        "monolithicSparse,adapter_type=lsilogic"
      })
  void converted(String subformat) throws IOException {
    Path raw = raw();
    Path file = directory.resolve("x.vmdk");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + subformat, raw, file)
        .orFail();
    assertArrayEquals(Files.readAllBytes(raw), Images.content(file));
    try (DiskImage image = DiskImages.open(file, Images.READ_ONLY)) {
      String json = Oracle.qemuImg("info", "--output=json", file).orFail().output();
      List<String> differences =
          InfoAgreement.differences(json, image.info()).stream()
              // QEMU opens extents to describe an image, and does not say how one of them is
              // stored.
              .filter(line -> !line.contains("/format-specific/data/extents/0/format"))
              .filter(line -> !line.contains("cluster-size: only theirs"))
              .filter(line -> !line.startsWith("/actual-size"))
              .toList();
      assertEquals(List.of(), differences);
    }
  }

  @ParameterizedTest
  @CsvSource({"monolithicSparse", "twoGbMaxExtentSparse"})
  void chains(String subformat) throws IOException {
    Path base = directory.resolve("base.vmdk");
    Path child = directory.resolve("child.vmdk");
    Path grandchild = directory.resolve("grandchild.vmdk");
    String options = "subformat=" + subformat;
    Oracle.qemuImg("convert", "-f", "raw", "-O", "vmdk", "-o", options, raw(), base).orFail();
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-o", options, "-b", base, "-F", "vmdk", child)
        .orFail();
    QemuIo.on(child, "vmdk").fill(7, 1 << 20, 3 << 20).run().orFail();
    Oracle.qemuImg(
            "create", "-q", "-f", "vmdk", "-o", options, "-b", child, "-F", "vmdk", grandchild)
        .orFail();
    QemuIo.on(grandchild, "vmdk").fill(8, 40 << 20, 100_000).run().orFail();
    Path shown = directory.resolve("shown.raw");
    Oracle.qemuImg("convert", "-f", "vmdk", "-O", "raw", grandchild, shown).orFail();
    assertArrayEquals(Files.readAllBytes(shown), Images.content(grandchild));
  }

  @Test
  void emptyAndLarge() throws IOException {
    for (String size : List.of("0", "512", "65536", "3G")) {
      for (String subformat : List.of("monolithicSparse", "twoGbMaxExtentSparse")) {
        if (size.equals("0") && subformat.startsWith("two")) {
          // It names no extent, and is refused: QEMU fails an assertion when it describes it.
          continue;
        }
        Path file = directory.resolve(subformat + size + ".vmdk");
        Oracle.qemuImg("create", "-q", "-f", "vmdk", "-o", "subformat=" + subformat, file, size)
            .orFail();
        try (DiskImage image = DiskImages.open(file, Images.READ_ONLY)) {
          byte[] end = new byte[(int) Math.min(image.size(), 4096)];
          image.read(image.size() - end.length, end);
          assertArrayEquals(new byte[end.length], end);
        }
      }
    }
  }
}
