package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.LimitExceededException;
import io.diskformat.LimitExceededException.Limit;
import io.diskformat.Limits;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Images of each format are held against the limits of who opens them. */
final class LimitedImagesTest {
  private static final long GIB = 1 << 30;

  @TempDir Path directory;

  private Path create(String format, long size) throws IOException {
    Path file = directory.resolve("image." + format);
    DiskImages.create(file, CreateOptions.format(format).size(size));
    return file;
  }

  private static void assertRefused(Limit limit, Executable opening) {
    assertEquals(limit, assertThrows(LimitExceededException.class, opening).limit());
  }

  private static void open(Path file, Limits limits) throws IOException {
    OpenOptions options = OpenOptions.readOnly().references(ReferencePolicy.any());
    DiskImages.open(file, options.limits(limits)).close();
  }

  private static void assertLimits(Path file, long size, long metadata) throws IOException {
    open(file, Limits.none().largestDisk(size).largestMetadata(metadata));
    assertRefused(Limit.DISK, () -> open(file, Limits.none().largestDisk(size - 1)));
    assertRefused(Limit.METADATA, () -> open(file, Limits.none().largestMetadata(metadata - 1)));
  }

  @Test
  void aDiskOrItsTablesMayBeTooLarge() throws IOException {
    // An entry of the table stands for 512 MiB, a MiB and 32 MiB.
    assertLimits(create("qcow2", 64 * GIB), 64 * GIB, 128 * Long.BYTES);
    assertLimits(create("vdi", 64 * GIB), 64 * GIB, 65_536 * Integer.BYTES);
    assertLimits(create("vmdk", 64 * GIB), 64 * GIB, 2048 * Integer.BYTES);
  }

  @Test
  void aDescriptionNeedsNoTables() throws IOException {
    Path file = create("qcow2", 64 * GIB);
    OpenOptions options = OpenOptions.readOnly().metadataOnly();
    DiskImages.open(file, options.limits(Limits.none().largestMetadata(0))).close();
  }

  /** The clock goes on whenever somebody looks: whatever its format, a check does, as it reads. */
  @Test
  void aCheckEndsAtTheDeadline() throws IOException {
    for (String format : List.of("qcow2", "vdi", "vmdk", "iso")) {
      Path file = directory.resolve("checked." + format);
      if (format.equals("iso")) {
        DiscReport _ =
            new DiscBuilder(DiscOptions.defaults())
                .addTree("/", directory)
                .write(file, false, ProgressListener.NONE);
      } else {
        DiskImages.create(file, CreateOptions.format(format).size(64 * GIB));
      }
      AtomicLong looks = new AtomicLong();
      Limits none = Limits.none().deadline(Instant.MAX, () -> at(looks.incrementAndGet()));
      long opened;
      try (ImageMaintenance image = maintain(file, none)) {
        opened = looks.get();
        assertTrue(image.check().problems().isEmpty());
      }
      long all = looks.get();
      assertTrue(all > opened + 2, format + ": " + opened + " and " + all);
      looks.set(0);
      Limits limits = none.deadline(at(all - 1), () -> at(looks.incrementAndGet()));
      try (ImageMaintenance image = maintain(file, limits)) {
        assertRefused(Limit.DEADLINE, image::check);
      }
    }
  }

  private static Instant at(long second) {
    return Instant.ofEpochSecond(second);
  }

  private static ImageMaintenance maintain(Path file, Limits limits) throws IOException {
    return DiskImages.maintain(file, OpenOptions.readOnly().limits(limits));
  }

  @Test
  void aChainMayBeTooLong() throws IOException {
    Path base = create("qcow2", GIB);
    Path top = directory.resolve("top.qcow2");
    CreateOptions over =
        CreateOptions.format("qcow2")
            .option("backing_file", base.getFileName().toString())
            .option("backing_fmt", "qcow2")
            .references(ReferencePolicy.sameDirectory());
    DiskImages.create(top, over);
    open(top, Limits.none().longestChain(2));
    assertRefused(Limit.CHAIN, () -> open(top, Limits.none().longestChain(1)));
    OpenOptions options =
        OpenOptions.readOnly()
            .references(ReferencePolicy.any())
            .limits(Limits.none().longestChain(1));
    assertRefused(Limit.CHAIN, () -> DiskImages.infoChain(top, options));
  }
}
