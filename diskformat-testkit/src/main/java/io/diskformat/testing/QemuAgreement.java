package io.diskformat.testing;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Checks that the library and qemu-img agree on an image: content, snapshots, map and info. */
public final class QemuAgreement {
  private final Path image;
  private final String format;

  /** By which the tool takes the image, passphrases too. */
  private final List<?> source;

  private final Path raw;

  private QemuAgreement(Path image, String format, List<?> source) {
    this.image = image;
    this.format = format;
    this.source = source;
    this.raw = image.resolveSibling(image.getFileName() + ".truth");
  }

  /**
   * Checks everything.
   *
   * @param image the path of the image; a file is made beside it for a time
   * @param format as qemu-img names it
   * @param opened the same image, open
   * @param random decides where reads are tried
   */
  public static void check(Path image, String format, DiskImage opened, Random random)
      throws IOException {
    check(image, format, List.of("-f", format, image), opened, random);
  }

  /**
   * Checks everything of an image that the tool takes by other arguments than its format and name.
   *
   * @param image the path of the image; a file is made beside it for a time
   * @param format as qemu-img names it
   * @param source the arguments by which the tool takes the image
   * @param opened the same image, open
   * @param random decides where reads are tried
   */
  public static void check(
      Path image, String format, List<?> source, DiskImage opened, Random random)
      throws IOException {
    QemuAgreement agreement = new QemuAgreement(image, format, source);
    agreement.checkInfo(opened);
    agreement.checkMap(opened);
    agreement.checkMapOfRanges(opened, random);
    agreement.checkContent(opened, random);
    for (Snapshot snapshot : opened.info().snapshots()) {
      agreement.checkSnapshot(opened, snapshot, random);
    }
  }

  /** Checks the map alone, for disks that are too large to be read whole. */
  public static void checkMap(Path image, String format, DiskImage opened) throws IOException {
    new QemuAgreement(image, format, List.of("-f", format, image)).checkMap(opened);
  }

  private void checkInfo(DiskImage opened) throws IOException {
    List<String> differences = List.of();
    // The host may still be deciding where the file's bytes go, and with it how many there are.
    for (int i = 0; i < 5; i++) {
      String json = qemuImg("info", "-f", format, "--output=json", image);
      differences = InfoAgreement.differences(json, opened.info());
      if (differences.stream().noneMatch(line -> line.startsWith("/actual-size"))) {
        break;
      }
    }
    assertEquals(List.of(), differences, image + ": info");
  }

  private void checkMap(DiskImage opened) throws IOException {
    List<Object> arguments = new ArrayList<>(List.of("map", "--output=json"));
    arguments.addAll(source);
    String json = qemuImg(arguments.toArray());
    List<MapEntry> theirs = MapEntry.parse(json);
    List<MapEntry> ours = MapEntry.of(opened);
    for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
      assertEquals(theirs.get(i), ours.get(i), image + ": map entry " + i);
    }
    assertEquals(theirs.size(), ours.size(), image + ": number of map entries");
  }

  /** Checks that the map of a part is that part of the whole map. */
  private void checkMapOfRanges(DiskImage opened, Random random) throws IOException {
    List<MapEntry> whole = MapEntry.of(opened);
    for (int i = 0; i < 20 && opened.size() > 0; i++) {
      long offset = random.nextLong(opened.size());
      long length = random.nextLong(opened.size() - offset + 1);
      assertEquals(
          MapEntry.within(whole, offset, length),
          MapEntry.of(opened, offset, length),
          () -> image + ": map of " + length + " bytes from " + offset);
    }
  }

  private void checkContent(DiskImage opened, Random random) throws IOException {
    if (convert(opened)) {
      try (DiskContent truth = DiskContent.of(raw)) {
        truth.check(opened, random);
      }
    }
    Files.deleteIfExists(raw);
  }

  /**
   * Checks a snapshot, which the tool shows as large as the disk is now, though it has a size of
   * its own.
   */
  private void checkSnapshot(DiskImage opened, Snapshot snapshot, Random random)
      throws IOException {
    try (BlockDevice device = opened.openSnapshot(snapshot.id())) {
      assertEquals(snapshot.diskSize(), device.size(), device + ": size");
      if (convert(device, "-l", "snapshot.id=" + snapshot.id())) {
        try (DiskContent truth = DiskContent.of(raw)) {
          truth.checkStart(device, random);
        }
      }
    }
    Files.deleteIfExists(raw);
  }

  /**
   * Makes the tool write the raw file. Returns whether it can: it has been seen to spoil compressed
   * clusters that it wrote itself. Then the library must not read them either.
   */
  private boolean convert(BlockDevice device, String... which) {
    List<Object> arguments = new ArrayList<>(List.of("convert", "-O", "raw"));
    arguments.addAll(List.of(which));
    arguments.addAll(source);
    arguments.add(raw);
    Oracle.Result result = run(arguments.toArray());
    if (result.exitCode() == 0) {
      return true;
    }
    assertThrows(
        CorruptImageException.class,
        () -> device.read(0, new byte[(int) device.size()]),
        () -> "we can read it, but " + result);
    return false;
  }

  private String qemuImg(Object... arguments) {
    return run(arguments).orFail().output();
  }

  /**
   * Runs the tool in the image's directory, to which it takes some names in an image as relative.
   */
  private Oracle.Result run(Object... arguments) {
    return Oracle.of("qemu-img")
        .in(requireNonNull(image.toAbsolutePath().getParent()))
        .run(arguments);
  }
}
