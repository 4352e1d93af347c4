package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an image shows is in its backing file after a commit, as after one by qemu-img. */
final class CommitTest {
  /** How many random ones; {@code -Ddiskformat.commit.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.commit.images", 8);

  @TempDir private Path directory;

  private static ImageMaintenance maintain(Path image) throws IOException {
    return DiskImages.maintain(
        image, OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory()));
  }

  private static List<Path> files(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      return files.toList();
    }
  }

  @Test
  void commitsAsQemuDoes() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Path ours = Files.createDirectory(directory.resolve("ours" + i));
      Path theirs = Files.createDirectory(directory.resolve("theirs" + i));
      try {
        compare(new Random(seed), ours, theirs);
      } catch (AssertionError | IOException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      for (Path made : Stream.concat(files(ours).stream(), files(theirs).stream()).toList()) {
        Files.delete(made);
      }
    }
  }

  private static void compare(Random random, Path ours, Path theirs) throws IOException {
    ImageSpec spec = ImageSpec.any(random);
    // What is to be written is taken for raw only where the image says so.
    while (spec.backing() == ImageSpec.Backing.NONE || spec.probedBacking()) {
      spec = ImageSpec.any(random);
    }
    MadeImage made = new ImageMaker(ours, random).make(spec);
    for (Path file : files(ours)) {
      Files.copy(file, theirs.resolve(file.getFileName()));
    }
    // Some images of QEMU have leaks from the start.
    List<Path> sound = new ArrayList<>();
    for (Path file : files(ours)) {
      if (file.toString().endsWith(".qcow2")
          && Oracle.of("qemu-img").in(ours).run("check", file).exitCode() == 0) {
        sound.add(file);
      }
    }
    boolean empties = random.nextBoolean();
    // As the other side does, our own writing goes on from there.
    Oracle qemuImg = Oracle.of("qemu-img").in(theirs);
    String[] keep = empties ? new String[] {} : new String[] {"-d"};
    Object[] arguments =
        Stream.of(Stream.of("commit", "-q"), Stream.of(keep), Stream.of(made.name()))
            .flatMap(part -> part)
            .toArray();
    if (qemuImg.run(arguments).exitCode() != 0) {
      // The disk below is smaller, and one of version 2 that has snapshots.
      try (ImageMaintenance image = maintain(made.path())) {
        assertThrows(UnsupportedFeatureException.class, () -> image.commit(ProgressListener.NONE));
      }
      return;
    }
    long before = Files.size(made.path());
    String below;
    List<byte[]> snapshots = snapshots(made.path());
    try (ImageMaintenance image = maintain(made.path())) {
      below = image.info().backing().orElseThrow().name();
      try {
        image.commit(ProgressListener.NONE);
      } catch (UnsupportedFeatureException e) {
        // QEMU changes their disks, silently.
        assertTrue(!snapshots.isEmpty() && e.getMessage().contains("snapshots"), e.getMessage());
        return;
      }
      if (empties) {
        image.empty();
      }
    }
    List<byte[]> kept = snapshots(made.path());
    for (int i = 0; i < snapshots.size(); i++) {
      assertArrayEquals(snapshots.get(i), kept.get(i), "snapshot " + i);
    }
    for (String name : List.of(made.name(), below)) {
      assertEquals(-1, Files.mismatch(raw(ours, name), raw(theirs, name)), name);
      if (sound.contains(ours.resolve(name))) {
        Oracle.of("qemu-img").in(ours).run("check", ours.resolve(name)).orFail();
      }
    }
    if (empties) {
      assertTrue(Files.size(made.path()) <= before, spec::toString);
    }
  }

  /** Returns the disks of an image's snapshots. */
  private static List<byte[]> snapshots(Path image) throws IOException {
    List<byte[]> disks = new ArrayList<>();
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      for (Snapshot snapshot : disk.info().snapshots()) {
        try (BlockDevice device = disk.openSnapshot(snapshot.id())) {
          byte[] content = new byte[Math.toIntExact(device.size())];
          device.read(0, content);
          disks.add(content);
        }
      }
    }
    return disks;
  }

  /** What was written after the snapshot is not in it, and would show there after a commit. */
  @Test
  void theDiskOfASnapshotStaysWhatItIs() throws IOException {
    Path top = directory.resolve("top.qcow2");
    Path base = chain(top);
    try (DiskImage disk = DiskImages.open(top, QCOW2.writable())) {
      Snapshot _ = disk.createSnapshot("s");
    }
    List<byte[]> disks = snapshots(top);
    try (ImageMaintenance image = maintain(top)) {
      // It has all that is written so far.
      image.commit(ProgressListener.NONE);
      image.empty();
    }
    assertArrayEquals(disks.getFirst(), snapshots(top).getFirst());
    try (DiskImage disk = DiskImages.open(top, QCOW2.writable())) {
      disk.write(2 << 20, new byte[] {1});
    }
    byte[] before = Files.readAllBytes(base);
    try (ImageMaintenance image = maintain(top)) {
      UnsupportedFeatureException e =
          assertThrows(
              UnsupportedFeatureException.class, () -> image.commit(ProgressListener.NONE));
      assertTrue(e.getMessage().contains("snapshots"), e.getMessage());
    }
    assertArrayEquals(before, Files.readAllBytes(base));
    assertArrayEquals(disks.getFirst(), snapshots(top).getFirst());
  }

  /** In the image's directory, as QEMU looks for a data file where it runs. */
  private static Path raw(Path in, String name) {
    Path raw = in.resolve(name + ".content");
    Oracle.of("qemu-img").in(in).run("convert", "-O", "raw", name, raw).orFail();
    return raw;
  }

  @Test
  void anEmptiedImageHoldsNothing() throws IOException {
    Path top = directory.resolve("top.qcow2");
    chain(top);
    try (ImageMaintenance image = maintain(top)) {
      image.commit(ProgressListener.NONE);
      image.empty();
    }
    // Header, refcount table, a refcount block, and the L1 table.
    assertEquals(4 * 65536, Files.size(top));
    byte[] found = new byte[3 << 20];
    try (DiskImage disk = DiskImages.open(top, QCOW2.readOnly())) {
      disk.read(0, found);
      assertEquals(5, found[1 << 20]);
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    Path top = directory.resolve("top.qcow2");
    Path base = chain(top);
    try (ImageMaintenance image = maintain(top);
        DiskImage reader = DiskImages.open(base)) {
      assertTrue(reader.size() > 0);
      assertThrows(ImageLockedException.class, () -> image.commit(ProgressListener.NONE));
    }
    try (ImageMaintenance image = maintain(base)) {
      assertThrows(DiskFormatException.class, () -> image.commit(ProgressListener.NONE));
      assertThrows(DiskFormatException.class, image::empty);
    }
    try (ImageMaintenance image =
        DiskImages.maintain(top, OpenOptions.writable().format("qcow2"))) {
      assertThrows(ReferenceDeniedException.class, () -> image.commit(ProgressListener.NONE));
    }
    try (ImageMaintenance image = DiskImages.maintain(top, QCOW2.readOnly())) {
      assertThrows(UnsupportedOperationException.class, () -> image.commit(ProgressListener.NONE));
    }
  }

  /** An image over another one, of a smaller disk; returns that one's file. */
  private Path chain(Path top) throws IOException {
    Path base = directory.resolve("base.qcow2");
    DiskImages.create(base, CreateOptions.format("qcow2").size(2 << 20));
    DiskImages.create(
        top,
        CreateOptions.format("qcow2")
            .size(3 << 20)
            .option("backing_file", "base.qcow2")
            .option("backing_fmt", "qcow2"));
    try (DiskImage disk = DiskImages.open(top, QCOW2.writable())) {
      byte[] content = new byte[1 << 20];
      java.util.Arrays.fill(content, (byte) 5);
      disk.write(1 << 20, content);
    }
    return base;
  }
}
