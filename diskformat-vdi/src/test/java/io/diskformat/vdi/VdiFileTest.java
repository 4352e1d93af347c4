package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tests write is read by others as it is meant, where they read such images right. */
class VdiFileTest {
  @TempDir private Path directory;

  @Test
  void qemuReadsIt() throws IOException {
    Oracle qemuImg = Oracle.of("qemu-img");
    check(
        VdiSpec::isForQemu,
        (image, raw) -> {
          qemuImg.run("convert", "-f", "vdi", "-O", "raw", image, raw).orFail();
          qemuImg.run("check", "-f", "vdi", image).orFail();
        });
  }

  @Test
  void sevenZipReadsIt() throws IOException {
    Oracle sevenZip = Oracle.of("7z").in(directory);
    check(
        VdiSpec::isFor7z,
        (image, raw) -> {
          sevenZip.run("x", "-y", "-tVDI", image).orFail();
          Files.move(directory.resolve("image.img"), raw);
        });
  }

  private void check(Predicate<VdiSpec> which, Converter convert) throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int images = 0; images < 12; ) {
      VdiSpec spec = VdiSpec.any(random);
      if (!which.test(spec)) {
        continue;
      }
      images++;
      VdiMaker.Made made = new VdiMaker(directory, random).make(spec);
      Path raw = directory.resolve("raw");
      try {
        convert.accept(made.path(), raw);
        assertEquals(-1, Arrays.mismatch(made.disk(), Files.readAllBytes(raw)));
      } catch (AssertionError e) {
        throw new AssertionError(Seeds.toRepeat(seed) + ", " + spec + ": " + e.getMessage(), e);
      }
      Files.delete(raw);
    }
  }

  /** Has another program convert an image to a raw file. */
  @FunctionalInterface
  private interface Converter {
    void accept(Path image, Path raw) throws IOException;
  }
}
