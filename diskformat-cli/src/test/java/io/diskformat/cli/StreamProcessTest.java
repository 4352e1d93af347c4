package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.cli.StreamedImages.Layout;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Comparison;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams in processes with little memory, and in such as are killed. */
final class StreamProcessTest {
  private static final long TIB = 1L << 40;

  private final long seed = Seeds.of(StreamProcessTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;

  private static ProcessBuilder converter(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StreamConverter.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  private void run(Path input, String... arguments) throws Exception {
    Path output = directory.resolve("messages.txt");
    Process process =
        converter(arguments)
            .redirectInput(input.toFile())
            .redirectError(output.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(
        0,
        process.waitFor(),
        () -> {
          try {
            return String.join(" ", arguments) + ": " + Files.readString(output);
          } catch (IOException e) {
            return e.toString();
          }
        });
  }

  /** A disk of a TiB with some data near its start, its middle and its end. */
  private Path hugeDisk() throws IOException {
    Path disk = directory.resolve("huge.raw");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(TIB);
      for (long at : new long[] {0, TIB / 3 & -512, TIB / 2 + 512, TIB - 300_000}) {
        byte[] bytes = new byte[200_000 + random.nextInt(100_000)];
        random.nextBytes(bytes);
        file.seek(at);
        file.write(bytes);
      }
    }
    return disk;
  }

  /** By our own comparison, as qemu-img looks at each of the 16 million grains of a VMDK. */
  private static void assertSame(Path disk, Path copy, String format) throws IOException {
    try (DiskImage first = DiskImages.open(disk, OpenOptions.readOnly().format("raw"));
        DiskImage second = DiskImages.open(copy, OpenOptions.readOnly().format(format))) {
      assertTrue(Comparison.of(first, second).run().isIdentical(), format);
    }
  }

  @Test
  void aTebibyteInSixtyFourMebibytes() throws Exception {
    Path disk = hugeDisk();
    for (Layout layout :
        List.of(
            Layout.of("qcow2"),
            Layout.of("qcow2", "-c"),
            Layout.of("vdi"),
            Layout.of("vmdk"),
            Layout.of("vmdk", "-o", "subformat=streamOptimized"))) {
      Path image = StreamedImages.convert(disk, layout, directory.resolve("image"));
      Path copy = directory.resolve("copy.qcow2");
      run(image, "in", "qcow2", copy.toString());
      assertSame(disk, copy, "qcow2");
      Files.delete(copy);
    }
    for (List<String> output :
        List.of(
            List.of("qcow2", ""),
            List.of("qcow2", "-c"),
            List.of("vdi", ""),
            List.of("vmdk", "subformat=streamOptimized"))) {
      Path copy = directory.resolve("copy");
      run(disk, "out", disk.toString(), output.get(0), output.get(1), copy.toString());
      assertSame(disk, copy, output.get(0));
      Files.delete(copy);
    }
  }

  /** Whenever a conversion is killed, there is no file of the target's name, or all of it. */
  @Test
  void killedAtAnyMoment() throws Exception {
    Path disk = directory.resolve("disk.raw");
    StreamedImages.disk(disk, 24 << 20, random);
    Path image = StreamedImages.convert(disk, Layout.of("qcow2", "-c"), directory.resolve("image"));
    Path targets = Files.createDirectory(directory.resolve("targets"));
    Path target = targets.resolve("target");
    int killed = 0;
    for (int i = 0; i < 6; i++) {
      int lines = random.nextInt(12);
      Process process =
          converter("in", "qcow2", target.toString())
              .redirectInput(image.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader reported = process.inputReader()) {
        while (lines > 0 && reported.readLine() != null) {
          lines--;
        }
        process.toHandle().destroyForcibly();
        int _ = process.waitFor();
      }
      if (Files.exists(target)) {
        Oracle.qemuImg("compare", "-f", "raw", "-F", "qcow2", disk, target).orFail();
        Files.delete(target);
      } else {
        killed++;
      }
    }
    assertTrue(killed > 0, "each process ended before it was killed");
    // Who comes next takes away what was left.
    run(image, "in", "qcow2", target.toString());
    try (Stream<Path> left = Files.list(targets)) {
      assertEquals(List.of(target), left.toList());
    }
  }
}
