package io.diskformat.inside.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.inside.lvm.MadeVolumes;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Marks that no tool here writes, and pairs of marks, as libblkid has them. */
class MadeContentsTest {
  private static final int SIZE = 80 << 20;

  @TempDir Path directory;

  private Path volume() throws IOException {
    Path file = directory.resolve("volume");
    Files.deleteIfExists(file);
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(SIZE);
    }
    return file;
  }

  private static void put(Path file, long at, byte[] bytes) throws IOException {
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.seek(at);
      raw.write(bytes);
    }
  }

  private static Content read(Path volume) throws IOException {
    try (BlockDevice device = DiskImages.open(volume, OpenOptions.readOnly().format("raw"))) {
      return Contents.of(device);
    }
  }

  private static String blkid(Path volume, String tag) {
    return Oracle.of("blkid").run("-p", "-o", "value", "-s", tag, volume).output().strip();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void bitLockerComesBeforeNtfs() throws IOException {
    Path volume = volume();
    byte[] sector = new byte[512];
    sector[0] = (byte) 0xEB;
    sector[1] = 0x58;
    sector[2] = (byte) 0x90;
    System.arraycopy(text("-FVE-FS-"), 0, sector, 3, 8);
    little(sector).putShort(510, (short) 0xAA55).putLong(176, 0x100000);
    put(volume, 0, sector);
    byte[] metadata = new byte[64];
    System.arraycopy(text("-FVE-FS-"), 0, metadata, 0, 8);
    little(metadata).putShort(8, (short) 64).putShort(10, (short) 2);
    put(volume, 0x100000, metadata);
    assertEquals("BitLocker", blkid(volume, "TYPE"));
    assertEquals("BitLocker", read(volume).type());
  }

  @Test
  void knowsRefsAndVmfs() throws IOException {
    Path volume = volume();
    put(volume, 3, text("ReFS\0"));
    assertEquals("ReFS", blkid(volume, "TYPE"));
    assertEquals("ReFS", read(volume).type());
    volume = volume();
    put(volume, 0x100000, new byte[] {0x0D, (byte) 0xD0, 1, (byte) 0xC0});
    assertEquals("VMFS_volume_member", blkid(volume, "TYPE"));
    assertEquals("VMFS_volume_member", read(volume).type());
    volume = volume();
    put(volume, 0x200000, new byte[] {0x5E, (byte) 0xF1, (byte) 0xAB, 0x2F});
    assertEquals("VMFS", blkid(volume, "TYPE"));
    assertEquals("VMFS", read(volume).type());
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4096, SIZE - 8192})
  void knowsMembersOfRaid(int position) throws IOException {
    byte[] bytes = new byte[258];
    ByteBuffer superblock = little(bytes);
    superblock.putInt(0, 0xA92B4EFC).putInt(4, 1).putLong(0x90, position / 512);
    for (int i = 0; i < 16; i++) {
      bytes[0x10 + i] = (byte) (i * 17);
    }
    System.arraycopy(text("host:0"), 0, bytes, 0x20, 6);
    superblock.putInt(0xDC, 1);
    long sum = 0;
    for (int at = 0; at < 256; at += 4) {
      sum += Integer.toUnsignedLong(superblock.getInt(at));
    }
    superblock.putInt(0xD8, (int) (sum + (sum >>> 32)));
    Path volume = volume();
    put(volume, position, bytes);
    Content ours = read(volume);
    assertEquals("linux_raid_member", blkid(volume, "TYPE"));
    assertEquals("linux_raid_member", ours.type());
    assertEquals(blkid(volume, "UUID"), ours.uuid());
    assertEquals(blkid(volume, "LABEL"), ours.label());
    // Of another place, or with another sum, it is none.
    volume = volume();
    put(volume, position == 0 ? 4096 : 0, bytes);
    assertEquals("", blkid(volume, "TYPE"));
    assertEquals(Content.UNKNOWN, read(volume).type());
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void knowsMembersOfOldRaid(String order) throws IOException {
    ByteBuffer superblock =
        ByteBuffer.allocate(4096)
            .order(order.startsWith("B") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    superblock.putInt(0, 0xA92B4EFC).putInt(8, 90).putInt(20, 0x01020304);
    superblock.putInt(52, 0x05060708).putInt(56, 0x090A0B0C).putInt(60, 0x0D0E0F10);
    Path volume = volume();
    put(volume, SIZE - 65536, superblock.array());
    assertEquals("linux_raid_member", blkid(volume, "TYPE"));
    Content ours = read(volume);
    assertEquals("linux_raid_member", ours.type());
    assertEquals(blkid(volume, "UUID"), ours.uuid());
  }

  private static void assertSameAsBlkid(Path volume) throws IOException {
    Content ours = read(volume);
    assertEquals(blkid(volume, "TYPE"), ours.type());
    assertEquals(blkid(volume, "LABEL"), ours.label());
    assertEquals(blkid(volume, "UUID"), ours.uuid());
  }

  /**
   * Returns the first MiB of an HFS+ volume whose catalog has two extents, of which the second has
   * its first leaf.
   */
  private static byte[] hfs(String label, long id) {
    byte[] bytes = new byte[1 << 20];
    ByteBuffer volume = ByteBuffer.wrap(bytes);
    System.arraycopy(text("H+"), 0, bytes, 1024, 2);
    volume.putShort(1026, (short) 4).putInt(1024 + 0x28, 4096).putInt(1024 + 0x2C, 20_000);
    volume.putInt(1024 + 0x30, 12_345).putLong(1024 + 0x68, id);
    volume.putInt(1024 + 0x120, 10).putInt(1024 + 0x124, 2);
    volume.putInt(1024 + 0x128, 40).putInt(1024 + 0x12C, 5);
    int catalog = 10 * 4096;
    volume.putShort(catalog + 14, (short) 1).putInt(catalog + 0x14, 2).putInt(catalog + 0x18, 3);
    volume.putInt(catalog + 0x1C, 3).putShort(catalog + 0x20, (short) 4096);
    int leaf = 41 * 4096;
    volume.put(leaf + 8, (byte) -1).putShort(leaf + 0xA, (short) 2);
    volume.putShort(leaf + 0xE, (short) (6 + 2 * label.length())).putInt(leaf + 0x10, 1);
    volume.putShort(leaf + 0x14, (short) label.length());
    for (int i = 0; i < label.length(); i++) {
      volume.putChar(leaf + 0x16 + 2 * i, label.charAt(i));
    }
    return bytes;
  }

  @Test
  void knowsHfsPlus() throws IOException {
    Path volume = volume();
    put(volume, 0, hfs("Macintosh HD \u00e9", 0x0123456789ABCDEFL));
    assertSameAsBlkid(volume);
    assertEquals("hfsplus", read(volume).type());
    assertEquals("Macintosh HD \u00e9", read(volume).label());
    assertEquals((20_000 - 12_345) * 4096L, read(volume).used().orElseThrow());
    volume = volume();
    put(volume, 0, hfs("x", 0));
    assertSameAsBlkid(volume);
    // In an old volume of HFS.
    volume = volume();
    byte[] old = new byte[512];
    System.arraycopy(text("BD"), 0, old, 0, 2);
    ByteBuffer.wrap(old).putInt(0x14, 8192).putShort(0x1C, (short) 16).putShort(0x7E, (short) 3);
    System.arraycopy(text("H+"), 0, old, 0x7C, 2);
    put(volume, 1024, old);
    put(volume, 16 * 512 + 3 * 8192, hfs("embedded", 77));
    assertSameAsBlkid(volume);
    assertEquals("embedded", read(volume).label());
  }

  /** As discs for both are made. */
  @Test
  void discsMayBeOfHfsPlusToo() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path disc = directory.resolve("disc");
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-V", "A_DISC", "-o", disc, files)
        .orFail();
    put(disc, 1024, Arrays.copyOfRange(hfs("x", 5), 1024, 1536));
    Content ours = read(disc);
    if (Oracle.of("blkid").run("-p", disc).exitCode() == 8) {
      assertEquals(Content.AMBIGUOUS, ours.type());
    } else {
      assertEquals(blkid(disc, "TYPE"), ours.type());
    }
  }

  @Test
  void knowsApfs() throws IOException {
    byte[] block = new byte[4096];
    System.arraycopy(text("NXSB"), 0, block, 32, 4);
    little(block).putShort(24, (short) 1).putInt(36, 4096).putLong(40, SIZE / 4096).putLong(8, 1);
    for (int i = 0; i < 16; i++) {
      block[72 + i] = (byte) (i * 19 + 1);
    }
    long low = 0;
    long high = 0;
    for (int at = 8; at < 4096; at += 4) {
      low = (low + Integer.toUnsignedLong(little(block).getInt(at))) % 0xFFFF_FFFFL;
      high = (high + low) % 0xFFFF_FFFFL;
    }
    long first = 0xFFFF_FFFFL - (low + high) % 0xFFFF_FFFFL;
    long second = 0xFFFF_FFFFL - (low + first) % 0xFFFF_FFFFL;
    little(block).putLong(0, second << 32 | first);
    Path volume = volume();
    put(volume, 0, block);
    assertSameAsBlkid(volume);
    assertEquals("apfs", read(volume).type());
    // Newer versions of libblkid look at the checksum, too.
    block[100]++;
    put(volume, 0, block);
    assertEquals(Content.UNKNOWN, read(volume).type());
  }

  /** Of pairs, numbers of 64 bits are of kind 8, and texts of kind 9. */
  private static void pair(ByteBuffer list, String key, int kind, byte[] value) {
    int padded = (key.length() + 3) / 4 * 4;
    int length = 12 + padded + 8 + (value.length + 3) / 4 * 4;
    int at = list.position();
    list.putInt(length).putInt(length).putInt(key.length()).put(text(key));
    list.position(at + 12 + padded).putInt(kind).putInt(1).put(value).position(at + length);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 256 << 10, SIZE - (512 << 10), SIZE - (256 << 10)})
  void knowsMembersOfZfs(long label) throws IOException {
    byte[] bytes = new byte[256 << 10];
    ByteBuffer list = ByteBuffer.wrap(bytes).position(16 << 10);
    list.put(new byte[] {1, 1, 0, 0}).putInt(0).putInt(1);
    pair(list, "version", 8, new byte[] {0, 0, 0, 0, 0, 0, 0x13, (byte) 0x88});
    pair(list, "name", 9, new byte[] {0, 0, 0, 5, 't', 'a', 'n', 'k', '1'});
    pair(list, "pool_guid", 8, new byte[] {(byte) 0xF0, 1, 2, 3, 4, 5, 6, 7});
    pair(list, "guid", 8, new byte[] {0, 1, 2, 3, 4, 5, 6, 8});
    for (int i = 4; i < 9; i++) {
      little(bytes).putLong((128 << 10) + i * 1024, 0x00BAB10CL);
    }
    Path volume = volume();
    put(volume, label, bytes);
    assertSameAsBlkid(volume);
    assertEquals("tank1", read(volume).label());
  }

  @Test
  void knowsPhysicalVolumes() throws IOException {
    byte[] bytes = new byte[2 << 20];
    MadeVolumes.label(bytes, MadeVolumes.id(3), "x {}", false);
    Path volume = volume();
    put(volume, 0, bytes);
    assertSameAsBlkid(volume);
    assertEquals("LVM2_member", read(volume).type());
    bytes[600]++;
    put(volume, 0, bytes);
    assertEquals("", blkid(volume, "TYPE"));
    assertEquals(Content.UNKNOWN, read(volume).type());
  }

  private byte[] made(String command) throws IOException {
    Path other = directory.resolve("other");
    Files.deleteIfExists(other);
    try (RandomAccessFile raw = new RandomAccessFile(other.toFile(), "rw")) {
      raw.setLength(SIZE);
    }
    List<Object> words = new ArrayList<>(Arrays.asList(command.split(" ")));
    Oracle tool = Oracle.of(words.removeFirst().toString());
    words.add(other);
    tool.run(words.toArray()).orFail();
    return Files.readAllBytes(other);
  }

  /** The second is made over the first where its marks are. */
  @ParameterizedTest
  @CsvSource({
    "mke2fs -q -t ext3, mkswap, 0, 4096",
    "mke2fs -q -t ext4, mkfs.vfat -F 32, 0, 1024",
    "mke2fs -q -t ext2, mkfs.btrfs -q -M -m single, 65536, 73728",
    "mkfs.vfat -F 32, mke2fs -q -t ext4, 1024, 2048",
    "mkntfs -q -F -Q, mke2fs -q -t ext4, 1024, 2048",
  })
  void saysWhatIsNotClear(String first, String second, int from, int until) throws IOException {
    byte[] bytes = made(first);
    System.arraycopy(made(second), from, bytes, from, until - from);
    Path volume = Files.write(directory.resolve("both"), bytes);
    int status = Oracle.of("blkid").run("-p", volume).exitCode();
    Content ours = read(volume);
    if (status == 8) {
      assertEquals(Content.AMBIGUOUS, ours.type());
      assertEquals(2, ours.candidates().size());
    } else {
      assertEquals(0, status);
      assertEquals(blkid(volume, "TYPE"), ours.type());
    }
    assertTrue(status == 8 || ours.candidates().isEmpty());
  }
}
