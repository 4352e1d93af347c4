package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.inside.FreeSpaceProof;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clusters that no file has, of volumes of each kind with random files. */
class FreeClustersTest {
  @TempDir Path directory;

  private Path make(FatFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    FatFiles.fill(files, Seeds.of(getClass(), 1) + flavour.ordinal());
    Path image = directory.resolve("image");
    flavour.make(image);
    FatFiles.copy(files, image);
    return image;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOPPY", "FAT12", "FAT16", "FAT16_ONE_TABLE", "FAT32", "FAT32_OF_MTOOLS"})
  void isWhatMtoolsSay(FatFlavour flavour) throws IOException {
    Path image = make(flavour);
    String free =
        FatFiles.run("mdir", "-i", image, "::")
            .lines()
            .filter(line -> line.endsWith(" bytes free"))
            .findFirst()
            .orElseThrow()
            .replaceAll("[^0-9]", "");
    new FreeSpaceProof(image, file -> Oracle.of("fsck.fat").run("-n", file).orFail())
        .run(Long.parseLong(free));
  }

  private static void assertRefused(byte[] bytes) throws IOException {
    try (BlockDevice device = new MemoryDevice(bytes)) {
      FreeSpaceProof.assertRefused(device);
    }
  }

  @Test
  void leavesWhatWasNotUnmounted() throws IOException {
    byte[] fat16 = Files.readAllBytes(make(FatFlavour.FAT16));
    byte[] marked = fat16.clone();
    marked[0x25] |= 1;
    assertRefused(marked);
    int tables = (Byte.toUnsignedInt(fat16[0xE]) | Byte.toUnsignedInt(fat16[0xF]) << 8) * 512;
    int size = (Byte.toUnsignedInt(fat16[0x16]) | Byte.toUnsignedInt(fat16[0x17]) << 8) * 512;
    marked = fat16.clone();
    marked[tables + 3] &= 0x7F;
    marked[tables + size + 3] &= 0x7F;
    assertRefused(marked);
    // One of the two copies of the table is another.
    marked = fat16.clone();
    marked[tables + size - 100] ^= 4;
    assertRefused(marked);
    // A file goes on in a cluster that is free.
    marked = fat16.clone();
    for (int table : new int[] {tables, tables + size}) {
      marked[table + 4] = (byte) (size / 2 - 60);
      marked[table + 5] = (byte) ((size / 2 - 60) >> 8);
    }
    assertRefused(marked);
  }
}
