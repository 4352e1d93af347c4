package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.StalledAccessProof;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** One access that is held up, for each way in which a grain may be stored. */
final class StalledAccessTest extends StalledAccessProof<StalledAccessTest.Case> {
  private static final int GRAIN = 4096;

  /** How the grain is stored that is accessed, and whether there is a parent below. */
  enum Case {
    DATA(Grain.STORED, false),
    ZEROED(Grain.ZEROED, false),
    HOLE(Grain.HOLE, false),
    DATA_OF_CHILD(Grain.STORED, true),
    HOLE_OF_CHILD(Grain.HOLE, true);

    private final Grain grain;
    private final boolean child;

    Case(Grain grain, boolean child) {
      this.grain = grain;
      this.child = child;
    }
  }

  StalledAccessTest() {
    super(VMDK, false);
  }

  @Override
  protected List<Case> cases() {
    return List.of(Case.values());
  }

  @Override
  protected int clusterSize(Case c) {
    return GRAIN;
  }

  @Override
  protected PagedStorage image(Case c) throws IOException {
    Disk disk = new Disk(new byte[CLUSTERS * GRAIN], GRAIN / 512);
    Arrays.fill(disk.grains, Grain.HOLE);
    put(disk, 0, Grain.STORED, 3);
    put(disk, 7, Grain.STORED, 4);
    put(disk, TARGET, c.grain, 2);
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    DescriptorFile descriptor = SparseFile.of(disk);
    if (c.child) {
      Disk below = new Disk(RandomContent.of(1, 0, CLUSTERS * GRAIN), GRAIN / 512);
      var _ = new SparseFile(below).described().build().write(directory().resolve("parent.vmdk"));
      descriptor.over("parent.vmdk", "12345678");
    }
    return VmdkUnderTest.inMemory(file.described(descriptor).build().write(file()));
  }

  private static void put(Disk disk, int grain, Grain kind, int value) {
    disk.grains[grain] = kind;
    if (kind == Grain.STORED) {
      byte[] content = RandomContent.of(value, (long) grain * GRAIN, GRAIN);
      System.arraycopy(content, 0, disk.content, grain * GRAIN, GRAIN);
    }
  }
}
