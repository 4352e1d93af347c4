package io.diskformat.iso;

import static io.diskformat.iso.HandmadeIso.ROOT;
import static io.diskformat.iso.HandmadeIso.SECTOR;
import static io.diskformat.iso.HandmadeIso.both;
import static io.diskformat.iso.HandmadeIso.entry;
import static io.diskformat.iso.HandmadeIso.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files whose content is not one range of the disc, as it is. */
final class StoredOtherwiseTest {
  private static final byte[] MAGIC = {
    0x37, (byte) 0xe4, 0x53, (byte) 0x96, (byte) 0xc9, (byte) 0xdb, (byte) 0xd6, 7
  };

  @TempDir Path directory;

  private static byte[] content(FileNode file) throws IOException {
    try (BlockDevice content = file.content()) {
      byte[] bytes = new byte[Math.toIntExact(content.size())];
      content.read(0, bytes);
      return bytes;
    }
  }

  private static FileNode only(HandmadeIso disc, String name) throws IOException {
    return disc.tree().root().find(name).orElseThrow();
  }

  /** Both versions of zisofs, as xorriso writes them, read whole and in pieces. */
  @ParameterizedTest
  @CsvSource({
    "level=9:block_size=32k",
    "level=6:block_size=128k",
    "level=9:block_size=32k:version_2=on:block_size_v2=1024k:susp_z2=off",
    "level=9:version_2=on:block_size_v2=32k:susp_z2=on"
  })
  void zisofs(String how) throws IOException {
    long seed = Seeds.of(getClass(), 1);
    Random random = new Random(seed);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    for (int i = 0; i < 6; i++) {
      byte[] bytes = new byte[(i == 5 ? 100_000 : 1) + random.nextInt(i * 300_000 + 50_000)];
      for (int at = 0; at < bytes.length; ) {
        // Runs of zeroes, of what compresses, and of what does not.
        int end = Math.min(bytes.length, at + 1 + random.nextInt(200_000));
        int kind = i == 5 && at == 0 ? 0 : random.nextInt(3);
        for (; at < end; at++) {
          bytes[at] = (byte) (kind == 0 ? 0 : kind == 1 ? at / 100 : random.nextInt());
        }
      }
      Files.write(tree.resolve("f" + i), bytes);
    }
    Path image = directory.resolve("z.iso");
    Oracle.of("xorriso")
        .run(
            "-zisofs",
            how,
            "-outdev",
            image,
            "-map",
            tree,
            "/",
            "-find",
            "/",
            "-type",
            "f",
            "-exec",
            "set_filter",
            "--zisofs",
            "--",
            "-commit")
        .orFail();
    try (FileSystem files = DiskFileSystems.open(image)) {
      int compressed = 0;
      for (int i = 0; i < 6; i++) {
        byte[] expected = Files.readAllBytes(tree.resolve("f" + i));
        Path file = files.getPath("f" + i);
        assertArrayEquals(expected, Files.readAllBytes(file), Seeds.toRepeat(seed));
        try (BlockDevice device = DiskFileSystems.device(file)) {
          for (int j = 0; j < 20; j++) {
            int from = random.nextInt(expected.length);
            byte[] piece = new byte[random.nextInt(expected.length - from)];
            device.read(from, piece);
            assertArrayEquals(Arrays.copyOfRange(expected, from, from + piece.length), piece);
          }
        }
        try {
          assertEquals(
              expected.length,
              DiskFileSystems.ranges(file).stream().mapToLong(range -> range.length()).sum());
        } catch (UnsupportedFeatureException e) {
          compressed++;
        }
      }
      assertTrue(compressed > 0, Seeds.toRepeat(seed));
    }
  }

  private static byte[] zf(int blockBits, int size) {
    return entry("ZF", new byte[] {'p', 'z', 4, (byte) blockBits}, both(size));
  }

  /** A file of blocks; of a block that is null there are zeroes. */
  private static byte[] zisofsFile(int size, byte[]... blocks) {
    ByteBuffer file = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
    file.put(MAGIC).putInt(size).put((byte) 4).put((byte) 15).putShort((short) 0);
    int at = 16 + 4 * (blocks.length + 1);
    file.putInt(at);
    for (byte[] block : blocks) {
      at += block == null ? 0 : block.length;
      file.putInt(at);
    }
    for (byte[] block : blocks) {
      if (block != null) {
        file.put(block);
      }
    }
    return Arrays.copyOf(file.array(), file.position());
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(9);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length + 100];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  private static HandmadeIso zisofsDisc(int recorded, byte[] file) {
    HandmadeIso disc = new HandmadeIso(100);
    disc.directory(ROOT, record("Z", 25, file.length, 0, zf(15, recorded)));
    disc.at(25, 0).put(file);
    return disc;
  }

  @Test
  void zisofsBlocksOfZeroes() throws IOException {
    byte[] last = new byte[100];
    Arrays.fill(last, (byte) 7);
    int size = 2 * 32768 + 100;
    FileNode file = only(zisofsDisc(size, zisofsFile(size, null, null, deflated(last))), "Z");
    byte[] expected = new byte[size];
    System.arraycopy(last, 0, expected, 2 * 32768, 100);
    assertArrayEquals(expected, content(file));
    try (BlockDevice content = file.content()) {
      assertTrue(content.extents().next().readsAsZeroes());
    }
  }

  private static void assertRefused(String why, int recorded, byte[] file) throws IOException {
    FileNode node = only(zisofsDisc(recorded, file), "Z");
    DiskFormatException e = assertThrows(DiskFormatException.class, () -> content(node));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void zisofsBombs() throws IOException {
    byte[] block = deflated(new byte[32768]);
    assertRefused("is longer than 100 bytes", 100, zisofsFile(100, deflated(new byte[1 << 22])));
    assertRefused("ends after 10 bytes", 100, zisofsFile(100, deflated(new byte[10])));
    assertRefused("no room for the pointers", -1, zisofsFile(-1, block));
    assertRefused("says something else", 100, zisofsFile(99, block));
    byte[] wrong = zisofsFile(100, deflated(new byte[100]));
    wrong[20] = 9;
    assertRefused("block 0 of zisofs is at", 100, wrong);
    wrong = zisofsFile(100, deflated(new byte[100]));
    wrong[16] = 3;
    assertRefused("block 0 of zisofs is at", 100, wrong);
    wrong = zisofsFile(100, deflated(new byte[100]));
    wrong[0] = 0;
    assertRefused("does not begin as zisofs does", 100, wrong);
    wrong = zisofsFile(100, "no stream of zlib".getBytes());
    assertRefused("is no zlib stream", 100, wrong);
  }

  @Test
  void interleaved() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    byte[] record = record("I", 25, 5 * SECTOR + 10, 0);
    record[26] = 2;
    record[27] = 3;
    disc.directory(ROOT, record);
    byte[] expected = new byte[5 * SECTOR + 10];
    new Random(1).nextBytes(expected);
    disc.at(25, 0).put(expected, 0, 2 * SECTOR);
    disc.at(30, 0).put(expected, 2 * SECTOR, 2 * SECTOR);
    disc.at(35, 0).put(expected, 4 * SECTOR, SECTOR + 10);
    FileNode file = only(disc, "I");
    assertEquals(3, file.ranges().size());
    assertArrayEquals(expected, content(file));
  }

  @Test
  void interleavedBeyondTheEnd() throws IOException {
    HandmadeIso disc = new HandmadeIso(40);
    byte[] record = record("I", 25, 0x7fffffff, 0);
    record[26] = 1;
    record[27] = 1;
    disc.directory(ROOT, record);
    assertThrows(CorruptImageException.class, () -> only(disc, "I").ranges());
  }

  /** What it says is ahead of the content; of a file that is interleaved it has its own unit. */
  @Test
  void extendedAttributeRecords() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    byte[] plain = record("A", 25, 5, 0);
    plain[1] = 2;
    byte[] interleaved = record("B", 40, 5, 0);
    interleaved[1] = 1;
    interleaved[26] = 1;
    interleaved[27] = 2;
    byte[] sub = record("SUB", 50, SECTOR, 2);
    sub[1] = 1;
    disc.directory(ROOT, plain, interleaved, sub)
        .content(27, "hello")
        .content(43, "there")
        .directory(51, record("F", 27, 5, 0));
    assertEquals("hello", new String(content(only(disc, "A"))));
    assertEquals("there", new String(content(only(disc, "B"))));
    assertEquals("hello", new String(content(only(disc, "SUB").find("F").orElseThrow())));
  }

  @Test
  void sectionsAnywhere() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    disc.directory(
            ROOT, record("M", 40, SECTOR, 128), record("M", 30, SECTOR, 128), record("M", 35, 5, 0))
        .content(40, "a")
        .content(30, "b")
        .content(35, "end..");
    byte[] bytes = content(only(disc, "M"));
    assertEquals(2 * SECTOR + 5, bytes.length);
    assertEquals("a", new String(bytes, 0, 1));
    assertEquals("b", new String(bytes, SECTOR, 1));
    assertEquals("end..", new String(bytes, 2 * SECTOR, 5));
  }

  /** The other stream of a file is none of its own. */
  @Test
  void associatedAndUnknown() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    disc.directory(
        ROOT,
        record("A", 30, 5, 4),
        record("A", 31, 5, 0, entry("AA", new byte[10]), entry("QQ", new byte[3])),
        record("S", 31, 5, 0, entry("SF", both(0), both(1000), new byte[] {1})));
    disc.content(31, "right");
    assertEquals("right", new String(content(only(disc, "A"))));
    assertThrows(UnsupportedFeatureException.class, () -> only(disc, "S").content());
  }

  /** The file is a slice of the disc: what is read is what is there, and nothing else. */
  @Test
  void aFileInsideIsADevice() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    disc.directory(ROOT, record("A", 30, 3000, 0)).content(30, "hello");
    BlockDevice device = disc.device();
    try (FileSystem files = DiskFileSystems.open(device, Map.of())) {
      Path file = files.getPath("A");
      assertEquals(
          List.of(new io.diskformat.filesystem.ByteRange(30 * SECTOR, 3000)),
          DiskFileSystems.ranges(file));
      BlockDevice content = DiskFileSystems.device(file);
      assertEquals(3000, content.size());
      assertEquals(30L * SECTOR, content.extents().next().hostOffset());
      assertThrows(UnsupportedOperationException.class, () -> content.write(0, new byte[] {1}));
      content.close();
      assertEquals('h', Files.readAllBytes(file)[0]);
    }
    assertThrows(
        java.nio.file.ProviderMismatchException.class,
        () -> DiskFileSystems.device(Path.of("/etc/passwd")));
  }
}
