package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.MatrixProof;
import io.diskformat.testing.QemuAgreement;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A generated matrix of images, each read as qemu-img reads it. */
final class MatrixTest extends MatrixProof<ImageSpec> {
  /** What qcow2 can say of a run of a disk, by {@link #kind}. */
  private static final Set<String> EVERY_KIND =
      Set.of(
          "HOLE",
          "HOLE at an offset",
          "ZERO",
          "ZERO at an offset",
          // Where an encrypted cluster is says nothing of its bytes.
          "DATA",
          "DATA at an offset",
          "DATA at an offset reading zeroes",
          "DATA compressed");

  private final Map<String, Integer> imagesWithKind = new TreeMap<>();
  private int deepest;

  MatrixTest() {
    super(QCOW2, 300);
  }

  @Override
  protected List<ImageSpec> everyPair() {
    imagesWithKind.clear();
    deepest = 0;
    return ImageSpec.everyPair(new Random(1));
  }

  @Override
  protected ImageSpec any(Random random) {
    ImageSpec spec = ImageSpec.any(random);
    return random.nextInt(4) == 0 ? spec.encryptedAnyhow(random) : spec;
  }

  @Override
  protected void check(ImageSpec spec, Random random) throws IOException {
    MadeImage made = new ImageMaker(directory(), random).make(spec);
    OpenOptions options =
        OpenOptions.readOnly()
            .references(ReferencePolicy.sameDirectory())
            .secret(MadeImage.SECRETS);
    try (DiskImage image = DiskImages.open(made.path(), options)) {
      note(image);
      QemuAgreement.check(made.path(), made.format(), made.arguments(), image, random);
    }
  }

  @Override
  protected void checkEveryPair() {
    System.out.println("how many have which extents: " + imagesWithKind);
    assertEquals(EVERY_KIND, imagesWithKind.keySet());
    assertEquals(3, deepest, "depth of the deepest extent");
  }

  private void note(DiskImage image) throws IOException {
    Set<String> kinds = new HashSet<>();
    ExtentCursor cursor = image.extents();
    for (Extent extent; (extent = cursor.next()) != null; ) {
      kinds.add(kind(extent));
      deepest = Math.max(deepest, extent.depth());
    }
    kinds.forEach(kind -> imagesWithKind.merge(kind, 1, Integer::sum));
  }

  private static String kind(Extent extent) {
    return extent.kind()
        + (extent.hostOffset() >= 0 ? " at an offset" : "")
        + (extent.compressed() ? " compressed" : "")
        + (extent.kind() == Extent.Kind.DATA && extent.readsAsZeroes() ? " reading zeroes" : "");
  }
}
