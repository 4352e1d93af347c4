package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.lvm.MadeVolumes;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Edits of logical volumes over three images, as e2fsck and debugfs see them once a model has put
 * the volumes together.
 */
class SeveralImagesTest {
  private static final int IMAGES = 3;
  private static final int EXTENT = MadeVolumes.EXTENT * MadeVolumes.SECTOR;
  private static final int FIRST = MadeVolumes.START * MadeVolumes.SECTOR;
  private static final int EXTENTS = 1200;
  private static final int STRIPE = 8 * MadeVolumes.SECTOR;
  private static final int[] STRIPED_AT = {10, 20, 0};
  private static final int STRIPED_EACH = 500;
  private static final int LINEAR = 500;
  private static final String VISIBLE = "\"READ\", \"WRITE\", \"VISIBLE\"";
  private static final List<String> FORMATS = List.of("raw", "qcow2", "vdi");

  private static final String VOLUMES =
      MadeVolumes.volume(
              "striped",
              VISIBLE,
              MadeVolumes.segment(
                  0,
                  IMAGES * STRIPED_EACH,
                  "striped",
                  "stripe_count = 3\n"
                      + "stripe_size = 8\n"
                      + "stripes = [\"pv0\", 10, \"pv1\", 20, \"pv2\", 0]"))
          + MadeVolumes.volume(
              "linear",
              VISIBLE,
              MadeVolumes.segment(
                  0, LINEAR, "striped", "stripe_count = 1\nstripes = [\"pv2\", 600]"),
              MadeVolumes.segment(
                  LINEAR, LINEAR, "striped", "stripe_count = 1\nstripes = [\"pv0\", 700]"));

  @TempDir Path directory;

  /** Where a byte of a volume is: in which image, and at which offset there. */
  private record Place(int image, int offset) {}

  private static Place striped(int at) {
    int image = at / STRIPE % IMAGES;
    return new Place(
        image, FIRST + STRIPED_AT[image] * EXTENT + at / STRIPE / IMAGES * STRIPE + at % STRIPE);
  }

  private static Place linear(int at) {
    return at < LINEAR * EXTENT
        ? new Place(2, FIRST + 600 * EXTENT + at)
        : new Place(0, FIRST + 700 * EXTENT + at - LINEAR * EXTENT);
  }

  private static Place of(String volume, int at) {
    return volume.equals("striped") ? striped(at) : linear(at);
  }

  private byte[] volume(String name, int size) throws IOException {
    Path files = Files.createDirectories(directory.resolve(name + "-files/etc"));
    Files.writeString(files.resolve("hostname"), "old\n");
    Files.write(files.resolve("large"), new byte[100_000]);
    Path volume = directory.resolve(name);
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-d", files.getParent(), volume, size / 1024 + "k")
        .orFail();
    return Files.readAllBytes(volume);
  }

  /** Makes the three images. */
  private List<Path> make(UnaryOperator<String> text) throws IOException {
    byte[][] disks = new byte[IMAGES][FIRST + EXTENTS * EXTENT];
    for (int i = 0; i < IMAGES; i++) {
      String description = text.apply(MadeVolumes.group(1, EXTENTS, IMAGES, VOLUMES));
      MadeVolumes.label(disks[i], MadeVolumes.id(i), description, i == 1);
    }
    for (String name : List.of("striped", "linear")) {
      int size = (name.equals("striped") ? IMAGES * STRIPED_EACH : 2 * LINEAR) * EXTENT;
      byte[] bytes = volume(name, size);
      for (int at = 0; at < size; at += STRIPE) {
        Place place = of(name, at);
        System.arraycopy(bytes, at, disks[place.image()], place.offset(), STRIPE);
      }
    }
    List<Path> images = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      Path raw = Files.write(directory.resolve("raw" + i), disks[i]);
      String format = FORMATS.get(i);
      Path image = directory.resolve("disk" + i + "." + format);
      Oracle.qemuImg("convert", "-f", "raw", "-O", format, raw, image).orFail();
      images.add(image);
    }
    return images;
  }

  private byte[][] stored(List<Path> images) throws IOException {
    byte[][] disks = new byte[IMAGES][];
    for (int i = 0; i < IMAGES; i++) {
      Path raw = directory.resolve("stored");
      Oracle.qemuImg("convert", "-f", FORMATS.get(i), "-O", "raw", images.get(i), raw).orFail();
      disks[i] = Files.readAllBytes(raw);
    }
    return disks;
  }

  /** Opens the images; the last ones to be read, if that is wanted. */
  private static List<BlockDevice> open(List<Path> images, int writable) throws IOException {
    List<BlockDevice> opened = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      OpenOptions options = i < writable ? OpenOptions.writable() : OpenOptions.readOnly();
      opened.add(DiskImages.open(images.get(i), options.format(FORMATS.get(i))));
    }
    return opened;
  }

  private static void close(List<BlockDevice> opened) throws IOException {
    for (BlockDevice device : opened) {
      device.close();
    }
  }

  private static Disk disk(List<BlockDevice> opened) throws IOException {
    return Disk.of(opened.toArray(BlockDevice[]::new));
  }

  @Test
  void editsWhatIsOnSeveral() throws IOException {
    List<Path> images = make(text -> text);
    List<BlockDevice> opened = open(images, IMAGES);
    try {
      Disk disk = disk(opened);
      assertEquals(List.of(), disk.problems());
      for (String name : List.of("striped", "linear")) {
        try (Edit edit = disk.edit("/dev/vg/" + name)) {
          Files.writeString(edit.getPath("/etc/hostname"), "new\n");
          Files.delete(edit.getPath("/etc/large"));
          Files.write(edit.getPath("/other"), new byte[50_000]);
          Files.createDirectory(edit.getPath("/directory"));
          edit.commit();
        }
        try (FileSystem files = disk.mount("/dev/vg/" + name)) {
          assertEquals("new\n", Files.readString(files.getPath("/etc/hostname")));
        }
      }
    } finally {
      close(opened);
    }
    byte[][] disks = stored(images);
    for (String name : List.of("striped", "linear")) {
      requireEdited(name, disks);
    }
  }

  private void requireEdited(String name, byte[][] disks) throws IOException {
    Path volume = directory.resolve(name);
    byte[] bytes = Files.readAllBytes(volume);
    byte[] before = bytes.clone();
    for (int at = 0; at < bytes.length; at += STRIPE) {
      Place place = of(name, at);
      System.arraycopy(disks[place.image()], place.offset(), bytes, at, STRIPE);
    }
    int changed = 0;
    for (int at = 0; at < bytes.length; at++) {
      changed += bytes[at] == before[at] ? 0 : 1;
    }
    assertTrue(changed > 100 && changed < 2000, changed + " bytes of " + name);
    Files.write(volume, bytes);
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", volume).orFail();
    assertEquals(
        1,
        result.output().lines().filter(line -> !line.startsWith("Pass ")).count(),
        result.output());
    assertEquals(
        "new\n", Oracle.of("debugfs").run("-R", "cat /etc/hostname", volume).orFail().output());
  }

  @Test
  void refusesWhatIsPartlyRead() throws IOException {
    List<Path> images = make(text -> text);
    List<BlockDevice> opened = open(images, 2);
    try {
      Disk disk = disk(opened);
      for (String name : List.of("striped", "linear")) {
        UnsupportedOperationException e =
            assertThrows(UnsupportedOperationException.class, () -> disk.edit("/dev/vg/" + name));
        assertTrue(e.getMessage().contains("cannot be written"), e.getMessage());
      }
    } finally {
      close(opened);
    }
  }

  @Test
  void refusesWhatOtherSystemsUse() throws IOException {
    List<Path> images =
        make(text -> text.replace("\"RESIZEABLE\"", "\"RESIZEABLE\", \"CLUSTERED\""));
    byte[][] before = stored(images);
    List<BlockDevice> opened = open(images, IMAGES);
    try {
      Disk disk = disk(opened);
      assertEquals(
          List.of("the volume group vg is used by several systems at once"), disk.problems());
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> disk.edit("/dev/vg/linear"));
      assertTrue(e.feature().contains("several systems"), e.feature());
      try (FileSystem files = disk.mount("/dev/vg/striped")) {
        assertEquals("old\n", Files.readString(files.getPath("/etc/hostname")));
      }
    } finally {
      close(opened);
    }
    byte[][] after = stored(images);
    for (int i = 0; i < IMAGES; i++) {
      assertArrayEquals(before[i], after[i]);
    }
  }
}
