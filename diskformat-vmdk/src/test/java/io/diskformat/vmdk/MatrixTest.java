package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.DiskContent;
import io.diskformat.testing.MatrixProof;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A generated matrix of images, made by this library or by qemu-img, over a parent or not, and
 * written by the other one then; each is read by both.
 */
final class MatrixTest extends MatrixProof<MatrixTest.Spec> {
  private static final int SECTOR = 512;
  private int overParents;

  /** The subformats, and whether an image of each may have a parent. */
  enum Subformat {
    SPARSE("monolithicSparse", true),
    SPLIT("twoGbMaxExtentSparse", true),
    FLAT("monolithicFlat", false),
    SPLIT_FLAT("twoGbMaxExtentFlat", false),
    STREAM("streamOptimized", false);

    private final String label;
    private final boolean mayHaveParent;

    Subformat(String label, boolean mayHaveParent) {
      this.label = label;
      this.mayHaveParent = mayHaveParent;
    }
  }

  /**
   * An image.
   *
   * @param byUs whether this library makes it, or else qemu-img
   * @param overParent whether it is a difference to an image that the other one made
   * @param zeroed whether it may have zeroed grains
   * @param sectors the size of the disk
   */
  record Spec(Subformat subformat, boolean byUs, boolean overParent, boolean zeroed, int sectors) {}

  MatrixTest() {
    super(VMDK, 25);
  }

  @Override
  protected List<Spec> everyPair() {
    overParents = 0;
    List<Spec> specs = new ArrayList<>();
    for (Subformat subformat : Subformat.values()) {
      for (int i = 0; i < 8; i++) {
        boolean over = (i & 2) != 0 && subformat.mayHaveParent;
        boolean zeroed = (i & 4) != 0 && subformat.mayHaveParent;
        int sectors = (i & 2) == 0 ? 20 * 128 : 20 * 128 + 1 + 16 * i;
        if (over == ((i & 2) != 0) || i < 2) {
          specs.add(new Spec(subformat, (i & 1) != 0, over, zeroed, sectors));
        }
      }
    }
    return specs;
  }

  @Override
  protected Spec any(Random random) {
    Subformat[] all = Subformat.values();
    Subformat subformat = all[random.nextInt(all.length)];
    return new Spec(
        subformat,
        random.nextBoolean(),
        subformat.mayHaveParent && random.nextBoolean(),
        subformat.mayHaveParent && random.nextBoolean(),
        1 + random.nextInt(40_000));
  }

  @Override
  protected void checkEveryPair() {
    assertEquals(8, overParents);
  }

  @Override
  protected void check(Spec spec, Random random) throws IOException {
    Path raw = directory().resolve("disk.raw");
    Path image = directory().resolve("image.vmdk");
    byte[] disk = content(random, spec.sectors());
    if (spec.overParent()) {
      overParents++;
      Files.write(raw, disk);
      make(raw, directory().resolve("parent.vmdk"), spec, !spec.byUs());
      createOver(image, spec);
      write(image, disk, random, spec);
      Files.write(raw, disk);
    } else {
      Files.write(raw, disk);
      make(raw, image, spec, spec.byUs());
    }
    Oracle.qemuImg("compare", "-f", "vmdk", "-F", "raw", image, raw).orFail();
    Oracle.qemuImg("check", "-f", "vmdk", image).orFail();
    OpenOptions options = with(OpenOptions.readOnly());
    try (DiskImage found = DiskImages.open(image, options);
        DiskContent truth = DiskContent.of(raw)) {
      truth.check(found, random);
    }
    try (var maintained = DiskImages.maintain(image, options)) {
      assertEquals(List.of(), maintained.check().problems());
    }
  }

  private static OpenOptions with(OpenOptions options) {
    return options.format("vmdk").references(ReferencePolicy.sameDirectory());
  }

  /** Some data, among zeroes. */
  private static byte[] content(Random random, int sectors) {
    byte[] disk = new byte[SECTOR * sectors];
    for (int i = random.nextInt(12); i >= 0; i--) {
      int from = random.nextInt(disk.length);
      byte[] piece = new byte[Math.min(disk.length - from, 1 + random.nextInt(300_000))];
      random.nextBytes(piece);
      System.arraycopy(piece, 0, disk, from, piece.length);
    }
    return disk;
  }

  private static void make(Path raw, Path image, Spec spec, boolean byUs) throws IOException {
    if (byUs) {
      try (DiskImage source = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
        Conversion.from(source)
            .to(
                image,
                CreateOptions.format("vmdk")
                    .option("subformat", spec.subformat().label)
                    .option("zeroed_grain", spec.zeroed() ? "on" : "off"))
            .run();
      }
    } else {
      Oracle.qemuImg("convert", "-f", "raw", "-O", "vmdk", "-o", options(spec), raw, image)
          .orFail();
    }
  }

  private static String options(Spec spec) {
    return "subformat=" + spec.subformat().label + (spec.zeroed() ? ",zeroed_grain=on" : "");
  }

  private static void createOver(Path image, Spec spec) throws IOException {
    if (spec.byUs()) {
      DiskImages.create(
          image,
          CreateOptions.format("vmdk")
              .option("subformat", spec.subformat().label)
              .option("zeroed_grain", spec.zeroed() ? "on" : "off")
              .option("backing_file", "parent.vmdk")
              .option("backing_fmt", "vmdk")
              .references(ReferencePolicy.sameDirectory()));
    } else {
      Oracle.of("qemu-img")
          .in(image.getParent())
          .run(
              "create",
              "-q",
              "-f",
              "vmdk",
              "-o",
              options(spec),
              "-b",
              "parent.vmdk",
              "-F",
              "vmdk",
              image)
          .orFail();
    }
  }

  /** Writes to the difference, by this library and by qemu-io in turn. */
  private static void write(Path image, byte[] disk, Random random, Spec spec) throws IOException {
    for (int i = 0; i < 6; i++) {
      int sector = random.nextInt(spec.sectors());
      int from = SECTOR * sector;
      int length = SECTOR * (1 + random.nextInt(Math.min(spec.sectors() - sector, 300)));
      byte pattern = (byte) (1 + random.nextInt(255));
      Arrays.fill(disk, from, from + length, pattern);
      if (i % 2 == 0) {
        try (DiskImage target = DiskImages.open(image, with(OpenOptions.writable()))) {
          target.write(from, Arrays.copyOfRange(disk, from, from + length));
        }
      } else {
        String write = "write -q -P %d %d %d".formatted(pattern & 0xFF, from, length);
        Oracle.of("qemu-io").run("-f", "vmdk", "-c", write, image).orFail();
      }
    }
  }
}
