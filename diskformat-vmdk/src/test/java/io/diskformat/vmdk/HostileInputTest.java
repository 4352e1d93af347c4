package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.HostileInputProof;
import io.diskformat.testing.HostileRun;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every field set to every value that might hurt; and then bytes at random. */
final class HostileInputTest extends HostileInputProof {
  HostileInputTest() {
    super(VMDK);
  }

  @Override
  protected Class<? extends HostileRun.Structures> structures() {
    return VmdkStructures.class;
  }

  private static Disk mixed(int seed) {
    return Disk.mixed(seed, 100, 8, Grain.values());
  }

  @Override
  protected List<Path> images() throws IOException {
    List<Path> images = new ArrayList<>();
    images.add(new SparseFile(mixed(1)).described().build().write(at("sparse.vmdk")));
    Disk stored = Disk.mixed(2, 100, 8, Grain.STORED, Grain.HOLE);
    StreamFile front = new StreamFile(stored);
    front.front = true;
    images.add(front.build().write(at("front.vmdk")));
    images.add(new StreamFile(stored).build().write(at("footer.vmdk")));
    StreamFile scanned = new StreamFile(stored);
    scanned.footer = false;
    images.add(scanned.build().write(at("scanned.vmdk")));
    Files.write(at("f"), RandomContent.of(1, 0, 4096));
    new SparseFile(mixed(4)).build().write(at("s001"));
    DescriptorFile child =
        new DescriptorFile("RW 100 SPARSE \"s001\"", "RW 7 ZERO", "RW 5 FLAT \"f\" 2");
    child.over("sparse.vmdk", "12345678");
    images.add(child.write(at("child.vmdk")));
    return images;
  }

  @Override
  protected List<Path> bombs() throws IOException {
    List<Path> bombs = new ArrayList<>();
    // A disk, grains and tables that are as large as can be said.
    Bytes huge = new SparseFile(mixed(1)).described().build();
    bombs.add(huge.int64(12, 1L << 33).int64(20, 0x200000).write(at("huge.vmdk")));
    DescriptorFile many = new DescriptorFile();
    Files.write(at("f"), RandomContent.of(1, 0, 4096));
    for (int i = 0; i < 10_000; i++) {
      many.extents.add("RW 1 FLAT \"f\" 0");
    }
    bombs.add(many.write(at("many.vmdk")));
    DescriptorFile zeroes = new DescriptorFile();
    for (int i = 0; i < 32_768; i++) {
      zeroes.extents.add("RW 1000000000 ZERO");
    }
    bombs.add(zeroes.write(at("zeroes.vmdk")));
    return bombs;
  }

  private Path at(String name) {
    return directory().resolve(name);
  }
}
