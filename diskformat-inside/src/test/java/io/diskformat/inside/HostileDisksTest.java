package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.lvm.MadeVolumes;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks whose tables of partitions and descriptions of volumes were changed: whatever they say,
 * what there is is listed, or a {@link DiskFormatException} says why not, after few reads.
 */
class HostileDisksTest {
  private static final int MUTATIONS = Integer.getInteger("diskformat.mutations", 300);

  /** Twice the disk. */
  private static final long MOST_READ = 8L << 20;

  private static final long[] LIMITS = {
    0, 1, 2, 5, 0x0F, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL
  };

  @TempDir Path directory;
  private int listed;

  private byte[] partitioned(String script) throws IOException {
    Path image = Files.write(directory.resolve("disk"), new byte[4 << 20]);
    Oracle.of("sfdisk").input(script).run("-q", image).orFail();
    return Files.readAllBytes(image);
  }

  private void look(byte[] bytes, String what) {
    try (CountingDevice device = new CountingDevice(new MemoryDevice(bytes))) {
      for (Volume volume : Disk.of(device).volumes()) {
        listed++;
        try {
          volume.device().read(0, new byte[(int) Math.min(512, volume.device().size())]);
          var _ = FileTrees.probe(volume.device());
        } catch (DiskFormatException e) {
          // It is listed all the same.
        }
      }
      assertTrue(device.read() < MOST_READ, () -> what + ": read " + device.read());
    } catch (DiskFormatException e) {
      // It says what is wrong.
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError(what, e);
    }
  }

  private static String mutate(byte[] bytes, int[] sectors, Random random) {
    StringBuilder what = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = sectors[random.nextInt(sectors.length)] * 512 + random.nextInt(256) * 2;
      long value =
          random.nextBoolean() ? LIMITS[random.nextInt(LIMITS.length)] : random.nextInt(9000);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] = (byte) value;
        case 1 -> buffer.putShort(at, (short) value);
        default -> buffer.putInt(Math.min(at, bytes.length - 4), (int) value);
      }
      what.append(value).append(" at ").append(at).append("; ");
    }
    return what.toString();
  }

  @Test
  void logicalPartitions() throws IOException {
    byte[] bytes =
        partitioned(
            """
            label: dos
            start=2048, size=512, type=83
            start=2560, size=5632, type=5
            start=2600, size=500, type=83
            start=3200, size=500, type=82
            start=4000, size=500, type=8e
            """);
    Random random = new Random(Seeds.of(HostileDisksTest.class, 1));
    int[] tables = tables(bytes);
    assertEquals(4, tables.length);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = bytes.clone();
      // The four entries at the end of each sector.
      String what = "";
      for (int change = random.nextInt(5); change >= 0; change--) {
        int at = tables[random.nextInt(tables.length)] * 512 + 446 + random.nextInt(64);
        int value =
            random.nextBoolean() ? tables[random.nextInt(tables.length)] : random.nextInt(256);
        mutated[at] = (byte) value;
        what += value + " at " + at + "; ";
      }
      look(mutated, "mutation " + i + ": " + what);
    }
    assertTrue(listed > MUTATIONS, listed + " were listed");
  }

  /** Returns the sectors that end as tables of partitions do. */
  private static int[] tables(byte[] bytes) {
    int[] sectors = new int[bytes.length / 512];
    int count = 0;
    for (int i = 0; i < sectors.length; i++) {
      if (bytes[i * 512 + 510] == 0x55 && bytes[i * 512 + 511] == (byte) 0xAA) {
        sectors[count++] = i;
      }
    }
    return Arrays.copyOf(sectors, count);
  }

  @Test
  void tablesOfGpt() throws IOException {
    byte[] bytes = partitioned("label: gpt\nsize=512\nsize=700\nsize=100\n");
    Random random = new Random(Seeds.of(HostileDisksTest.class, 1));
    int last = bytes.length / 512 - 1;
    int[] sectors = {0, 1, 1, 1, 2, 2, last, last - 32};
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = bytes.clone();
      String what = mutate(mutated, sectors, random);
      if (random.nextInt(4) > 0) {
        seal(mutated, 1);
        seal(mutated, last);
      }
      look(mutated, "mutation " + i + ": " + what);
    }
    assertTrue(listed > MUTATIONS, listed + " were listed");
  }

  /** Makes the checksums of a table right, if it says where it is. */
  private static void seal(byte[] bytes, int sector) {
    ByteBuffer header = ByteBuffer.wrap(bytes, sector * 512, 512).slice();
    header.order(ByteOrder.LITTLE_ENDIAN);
    long entries = header.getLong(72) * 512;
    long length = Integer.toUnsignedLong(header.getInt(80)) * header.getInt(84);
    if (entries >= 0 && length >= 0 && length <= bytes.length && entries <= bytes.length - length) {
      header.putInt(88, sum(bytes, (int) entries, (int) length));
    }
    header.putInt(16, 0);
    header.putInt(16, sum(bytes, sector * 512, Math.clamp(header.getInt(12), 0, 512)));
  }

  private static int sum(byte[] bytes, int at, int length) {
    CRC32 sum = new CRC32();
    sum.update(bytes, at, length);
    return (int) sum.getValue();
  }

  @Test
  void descriptionsOfVolumes() {
    String on = "stripe_count = 1\nstripes = [\"pv0\", %d]";
    String visible = "\"READ\", \"WRITE\", \"VISIBLE\"";
    byte[] text =
        MadeVolumes.group(
                1,
                16,
                1,
                MadeVolumes.volume(
                        "a", visible, MadeVolumes.segment(0, 2, "striped", on.formatted(0)))
                    + MadeVolumes.volume("b", visible, MadeVolumes.segment(0, 2, "zero", ""))
                    + MadeVolumes.volume(
                        "c",
                        visible,
                        MadeVolumes.segment(
                            0,
                            4,
                            "striped",
                            "stripe_count = 2\nstripe_size = 8\nstripes = [\"pv0\", 4, \"pv0\","
                                + " 9]")))
            .getBytes(StandardCharsets.ISO_8859_1);
    Random random = new Random(Seeds.of(HostileDisksTest.class, 1));
    byte[] letters = "{}[]=\"\\#,0919 \n".getBytes(StandardCharsets.ISO_8859_1);
    int size = (MadeVolumes.START + 16 * MadeVolumes.EXTENT) * MadeVolumes.SECTOR;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] changed = text.clone();
      for (int change = random.nextInt(3); change > 0; change--) {
        changed[random.nextInt(changed.length)] = letters[random.nextInt(letters.length)];
      }
      byte[] disk = new byte[size];
      MadeVolumes.label(
          disk, MadeVolumes.id(0), new String(changed, StandardCharsets.ISO_8859_1), i % 2 == 0);
      String what = random.nextInt(3) == 0 ? mutate(disk, new int[] {1, 8, 9}, random) : "";
      look(disk, "mutation " + i + ": " + what + new String(changed, StandardCharsets.ISO_8859_1));
    }
    assertTrue(listed > MUTATIONS, listed + " were listed");
  }
}
