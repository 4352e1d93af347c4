package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.diskformat.testing.Oracle;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What 7-Zip reads, it reads as this does; it knows no tables before a stream, and no ZERO. */
final class SevenZipTest {
  @TempDir private Path directory;

  private void assertShows(byte[] expected, Path file) throws IOException {
    Path out = directory.resolve("out");
    Oracle.of("7z").run("e", "-y", "-tVMDK", "-o" + out, file).orFail();
    try (Stream<Path> files = Files.list(out)) {
      Path extracted = files.findFirst().orElseThrow();
      assertArrayEquals(expected, Files.readAllBytes(extracted));
      Files.delete(extracted);
    }
    Images.assertShows(expected, file);
  }

  @Test
  void sparse() throws IOException {
    Disk disk = Disk.mixed(1, 3000, 128, Grain.values());
    SparseFile sparse = new SparseFile(disk).described();
    sparse.version = 2;
    assertShows(disk.content, sparse.build().write(directory.resolve("x.vmdk")));
  }

  @Test
  void stream() throws IOException {
    Disk disk = Disk.mixed(1, 3000, 128, Grain.STORED, Grain.HOLE);
    assertShows(disk.content, new StreamFile(disk).build().write(directory.resolve("x.vmdk")));
  }

  @Test
  void flatAtAnOffsetBesideSparse() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 128, Grain.STORED, Grain.HOLE);
    byte[] bytes = new SparseFile(disk).build().toArray();
    Files.write(directory.resolve("x-s001.vmdk"), bytes);
    Disk flat = Disk.mixed(2, 100, 128, Grain.STORED);
    Files.write(directory.resolve("x-f002.vmdk"), flat.content);
    Path file =
        new DescriptorFile("RW 1000 SPARSE \"x-s001.vmdk\"", "RW 40 FLAT \"x-f002.vmdk\" 60")
            .write(directory.resolve("x.vmdk"));
    byte[] expected = java.util.Arrays.copyOf(disk.content, 1040 * 512);
    System.arraycopy(flat.content, 60 * 512, expected, 1000 * 512, 40 * 512);
    assertShows(expected, file);
  }
}
