package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Field;
import io.diskformat.testing.Mutation;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every field of an extent that is a file of its own, set to every value that might hurt. */
final class HostileExtentsTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"SPARSE", "VMFSSPARSE", "SESPARSE"})
  void everyField(String type) throws IOException {
    Disk disk = Disk.mixed(1, 100, 8, Grain.STORED, Grain.HOLE);
    Bytes bytes =
        switch (type) {
          case "SPARSE" -> new SparseFile(disk).build();
          case "VMFSSPARSE" -> EsxFiles.cowd(disk);
          default -> EsxFiles.seSparse(disk, false);
        };
    Path extent = bytes.write(directory.resolve("extent"));
    Path image =
        new DescriptorFile("RW 100 " + type + " \"extent\"").write(directory.resolve("x.vmdk"));
    Images.assertShows(disk.content, image);
    byte[] original = Files.readAllBytes(extent);
    VmdkStructures structures = new VmdkStructures(original);
    int refused = 0;
    int mutations = 0;
    try (FileChannel channel = FileChannel.open(extent, StandardOpenOption.WRITE)) {
      for (Field field : structures.fields()) {
        for (Mutation mutation : field.mutations(ByteBuffer.wrap(original), 512)) {
          mutation.apply(channel);
          refused += attempt(image, mutation) ? 0 : 1;
          mutation.undo(channel, original);
          mutations++;
        }
      }
      for (long length : structures.lengthsToCutTo()) {
        channel.truncate(length);
        var _ = attempt(image, null);
      }
    }
    assertTrue(refused > mutations / 4, refused + " refused of " + mutations);
  }

  private boolean attempt(Path image, Mutation mutation) {
    try (DiskImage disk = DiskImages.open(image, Images.READ_ONLY)) {
      byte[] content = new byte[Math.toIntExact(disk.size())];
      var extents = disk.extents();
      disk.read(0, content);
      while (extents.next() != null) {}
      return true;
    } catch (DiskFormatException e) {
      assertTrue(String.valueOf(e.getMessage()).contains(directory.toString()), e::toString);
      return false;
    } catch (IOException | RuntimeException | Error e) {
      return fail("after " + mutation, e);
    }
  }
}
