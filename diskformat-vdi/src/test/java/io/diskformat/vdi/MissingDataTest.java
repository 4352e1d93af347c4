package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a block that runs past the end of its file, the rest reads as zeroes, which is reported. */
final class MissingDataTest {
  private static final int BLOCK = 1 << 20;
  private static final int MISSING = 1000;

  @TempDir private Path directory;

  private static byte[] content(int seed) {
    byte[] content = new byte[2 * BLOCK];
    new Random(seed).nextBytes(content);
    return content;
  }

  private static void cut(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - MISSING);
    }
  }

  private static byte[] read(DiskImage image) throws IOException {
    byte[] content = new byte[2 * BLOCK];
    image.read(0, content);
    return content;
  }

  private static CheckReport check(Path path) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, OpenOptions.readOnly())) {
      return image.check();
    }
  }

  @Test
  void isCountedAndFoundByACheck() throws IOException {
    byte[] content = content(1);
    Path path = new VdiFile(content, BLOCK, new Random(1)).write(directory.resolve("x.vdi"));
    try (DiskImage image = DiskImages.open(path)) {
      assertArrayEquals(content, read(image));
      assertEquals(List.of(), image.missingData());
      assertTrue(check(path).isClean());
    }
    cut(path);
    Arrays.fill(content, content.length - MISSING, content.length, (byte) 0);
    try (DiskImage image = DiskImages.open(path)) {
      assertArrayEquals(content, read(image));
      assertArrayEquals(content, read(image));
      assertEquals(List.of(new MissingData(path.toString(), MISSING)), image.missingData());
      CheckReport report = check(path);
      assertEquals(1, report.corruptions());
      assertTrue(
          report.problems().getFirst().toString().contains("beyond the end of the file"),
          report.problems()::toString);
    }
  }

  @Test
  void isToldOfAParentAndByACommit() throws IOException {
    VdiFile base = new VdiFile(content(1), BLOCK, new Random(1));
    VdiFile child = new VdiFile(content(2), BLOCK, new Random(2)).over(base);
    child.create = new UUID(1, 2);
    child.set(0, Block.FREE);
    Path parentPath = base.write(directory.resolve("parent.vdi"));
    Path childPath = child.write(directory.resolve("child.vdi"));
    cut(childPath);
    List<MissingData> reported = List.of(new MissingData(childPath.toString(), MISSING));
    byte[] shown;
    try (DiskImage image = DiskImages.open(childPath, Chain.READ_ONLY)) {
      shown = read(image);
      assertEquals(reported, image.missingData());
    }
    try (ImageMaintenance image = DiskImages.maintain(childPath, Chain.WRITABLE)) {
      assertEquals(reported, image.commit(ProgressListener.NONE));
    }
    try (DiskImage image = DiskImages.open(parentPath, Chain.READ_ONLY)) {
      assertArrayEquals(shown, read(image));
    }
  }
}
