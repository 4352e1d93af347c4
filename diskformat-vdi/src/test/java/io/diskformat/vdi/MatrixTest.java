package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.testing.DiskContent;
import io.diskformat.testing.MapEntry;
import io.diskformat.testing.MatrixProof;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A generated matrix of images, each read as it was written and, where QEMU knows such images, as
 * qemu-img reads it.
 */
final class MatrixTest extends MatrixProof<VdiSpec> {
  private int deepest;
  private int byQemu;

  MatrixTest() {
    super(VDI, 300);
  }

  /** Few images have all pairs, so that there is time for different ones that do. */
  @Override
  protected List<VdiSpec> everyPair() {
    deepest = 0;
    byQemu = 0;
    List<VdiSpec> specs = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      specs.addAll(VdiSpec.everyPair(new Random(i)));
    }
    return specs;
  }

  @Override
  protected VdiSpec any(Random random) {
    return VdiSpec.any(random);
  }

  @Override
  protected void checkEveryPair() {
    System.out.println(byQemu + " of them as qemu-img has it");
    assertEquals(3, deepest, "depth of the deepest extent");
  }

  @Override
  protected void check(VdiSpec spec, Random random) throws IOException {
    VdiMaker.Made made = new VdiMaker(directory(), random).make(spec);
    Path raw = Files.write(directory().resolve("disk.raw"), made.disk());
    try (DiskImage image = DiskImages.open(made.path(), Chain.READ_ONLY);
        DiskContent truth = DiskContent.of(raw)) {
      truth.check(image, random);
      checkExtents(image, made.disk());
      if (spec.isForQemu()) {
        checkMap(made.path(), image);
        byQemu++;
      }
    }
  }

  /** The runs follow each other, cover the disk, and those that say so are zeroes. */
  private void checkExtents(DiskImage image, byte[] disk) throws IOException {
    ExtentCursor cursor = image.extents();
    long at = 0;
    for (Extent extent; (extent = cursor.next()) != null; ) {
      assertEquals(at, extent.offset());
      at = extent.end();
      deepest = Math.max(deepest, extent.depth());
      if (extent.readsAsZeroes()) {
        byte[] zeroes = new byte[(int) extent.length()];
        int from = (int) extent.offset();
        int differs = Arrays.mismatch(disk, from, from + zeroes.length, zeroes, 0, zeroes.length);
        assertEquals(-1, differs, extent.toString());
      }
    }
    assertEquals(disk.length, at);
  }

  /** To QEMU all of a disk is present where a format, as it has it, knows no images below. */
  private static void checkMap(Path path, DiskImage image) throws IOException {
    String json = Oracle.qemuImg("map", "-f", "vdi", "--output=json", path).orFail().output();
    List<MapEntry> theirs = MapEntry.parse(json);
    for (MapEntry our : MapEntry.of(image)) {
      for (MapEntry their : MapEntry.within(theirs, our.start(), our.length())) {
        MapEntry same = MapEntry.within(List.of(our), their.start(), their.length()).getFirst();
        assertEquals(their.zero(), same.zero(), their.toString());
        assertEquals(their.data(), same.data(), their.toString());
        assertEquals(their.offset(), same.offset(), their.toString());
      }
    }
  }
}
