package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an image names is opened as far as the caller allows, and a parent must be the right one.
 */
final class ReferencesTest {
  @TempDir private Path top;
  private Path directory;
  private Path file;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createDirectory(top.resolve("images"));
    file = directory.resolve("x.vmdk");
    Files.write(top.resolve("outside"), new byte[4096]);
    Files.write(directory.resolve("inside"), RandomContent.of(1, 0, 4096));
    Files.createSymbolicLink(directory.resolve("link"), top.resolve("outside"));
  }

  private Path extent(String name) throws IOException {
    return new DescriptorFile("RW 1 FLAT \"" + name + "\" 0").write(file);
  }

  @Test
  void nothingIsOpenedUnlessAllowed() throws IOException {
    Path path = extent("inside");
    assertThrows(ReferenceDeniedException.class, () -> DiskImages.open(path));
    assertArrayEquals(RandomContent.of(1, 0, 512), Images.content(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/etc/passwd", "../outside", "link", "/dev/zero", "nbd:localhost:1", "fifo"})
  void namesThatLeadElsewhere(String name) throws IOException {
    if (name.equals("fifo")) {
      Oracle.of("mkfifo").run(directory.resolve("fifo")).orFail();
    }
    for (String type : new String[] {"FLAT", "SPARSE", "VMFS", "VMFSSPARSE", "SESPARSE"}) {
      Path path = new DescriptorFile("RW 1 " + type + " \"" + name + "\"").write(file);
      Images.assertRefused(ReferenceDeniedException.class, name, path);
    }
    Path child =
        new DescriptorFile("RW 1 ZERO").over(name, "00000001").write(directory.resolve("c.vmdk"));
    Images.assertRefused(ReferenceDeniedException.class, name, child);
  }

  @Test
  void whatIsNotThere() throws IOException {
    Path path = extent("nothing");
    assertThrows(NoSuchFileException.class, () -> Images.content(path));
  }

  @Test
  void itselfAndCircles() throws IOException {
    Images.assertRefused(DiskFormatException.class, "already part of the chain", extent("x.vmdk"));
    Path self = new DescriptorFile("RW 1 ZERO").over("x.vmdk", "12345678").write(file);
    Images.assertRefused(DiskFormatException.class, "already part of the chain", self);
    new DescriptorFile("RW 1 ZERO").over("y.vmdk", "12345678").write(file);
    new DescriptorFile("RW 1 ZERO").over("x.vmdk", "12345678").write(directory.resolve("y.vmdk"));
    Images.assertRefused(DiskFormatException.class, "already part of the chain", file);
  }

  private Disk chain(String parentCid, String cid) throws IOException {
    Disk base = Disk.mixed(1, 2000, 128, Grain.STORED);
    SparseFile parent = new SparseFile(base);
    DescriptorFile descriptor =
        new DescriptorFile("RW 2000 SPARSE \"base.vmdk\"")
            .type("monolithicSparse")
            .more("ddb.longContentID = \"c30e9133f6a8e34df61188c51010a8cd\"");
    descriptor.cid = cid;
    parent.descriptor = descriptor.text();
    parent.build().write(directory.resolve("base.vmdk"));
    Disk first = Disk.mixed(2, 1001, 8, Grain.values());
    Disk second = Disk.mixed(3, 1500, 1, Grain.STORED, Grain.HOLE);
    new SparseFile(first).build().write(directory.resolve("x-s001.vmdk"));
    EsxFiles.cowd(second).write(directory.resolve("x-delta.vmdk"));
    new DescriptorFile("RW 1001 SPARSE \"x-s001.vmdk\"", "RW 1500 VMFSSPARSE \"x-delta.vmdk\"")
        .over("base.vmdk", parentCid)
        .write(file);
    return base;
  }

  @Test
  void aChildOfTwoExtentsOverAShorterParent() throws IOException {
    Disk base = chain("0000abcd", "0000abcd");
    byte[] below = java.util.Arrays.copyOf(base.content, 2501 * 512);
    byte[] first =
        Disk.mixed(2, 1001, 8, Grain.values()).over(java.util.Arrays.copyOf(below, 1001 * 512));
    byte[] second =
        Disk.mixed(3, 1500, 1, Grain.STORED, Grain.HOLE)
            .over(java.util.Arrays.copyOfRange(below, 1001 * 512, below.length));
    byte[] expected = new byte[2501 * 512];
    System.arraycopy(first, 0, expected, 0, first.length);
    System.arraycopy(second, 0, expected, first.length, second.length);
    assertArrayEquals(expected, Images.content(file));
    try (DiskImage image = DiskImages.open(file, Images.READ_ONLY)) {
      assertEquals("vmdk", image.backing().orElseThrow().info().format());
    }
    assertEquals(2, DiskImages.infoChain(file, Images.READ_ONLY).size());
  }

  @Test
  void aParentThatWasChanged() throws IOException {
    var _ = chain("0000abcd", "0000abce");
    DiskFormatException e =
        Images.assertRefused(DiskFormatException.class, "was changed since", file);
    assertTrue(String.valueOf(e.getMessage()).contains("0000abce"));
    try (ImageMaintenance image = DiskImages.maintain(file, Images.READ_ONLY)) {
      String problem = image.check().problems().getFirst().toString();
      assertTrue(problem.startsWith("parent: "), problem);
      assertTrue(problem.endsWith(" its CID is 0000abce, expected 0000abcd"), problem);
    }
  }

  @Test
  void aParentWhoseContentIsNumberedByItsLongId() throws IOException {
    var _ = chain("1010a8cd", "fffffffe");
    assertEquals(2501 * 512, Images.content(file).length);
    var _ = chain("1010a8ce", "fffffffe");
    Images.assertRefused(DiskFormatException.class, "1010a8cd, expected 1010a8ce", file);
  }

  @Test
  void aDeviceOfTheCallers() throws IOException {
    var _ = chain("0000abcd", "0000abce");
    byte[] zeroes = new byte[512];
    try (DiskImage below = DiskImages.open(directory.resolve("base.vmdk"), OpenOptions.readOnly());
        DiskImage image =
            DiskImages.open(
                file,
                OpenOptions.readOnly()
                    .format("vmdk")
                    .references(ReferencePolicy.sameDirectory())
                    .backing(below))) {
      image.read(image.size() - 512, zeroes);
    }
    Path whole = extent("inside");
    assertThrows(
        IllegalArgumentException.class,
        () -> {
          try (DiskImage below = DiskImages.open(directory.resolve("base.vmdk"))) {
            DiskImages.open(whole, Images.READ_ONLY.backing(below));
          }
        });
  }
}
