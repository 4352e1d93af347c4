package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.KillProof;
import io.diskformat.testing.Kills;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.KillTest.Kind;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Processes that write images are killed. */
final class KillTest extends KillProof<Kind> {
  private static final int SIZE = (24 << 20) + 512;

  enum Kind {
    USUAL,
    SMALL_GRAINS,
    CHILD,
    SPLIT
  }

  KillTest() {
    super(VMDK, 8);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected Kills kills(Kind kind, long seed) throws IOException {
    Kills.Audit audit = Kills.Audit.by(VMDK);
    switch (kind) {
      case USUAL -> VMDK.create(file(), "128", SIZE);
      case SMALL_GRAINS -> VMDK.create(file(), "8 zeroed", SIZE);
      case CHILD -> child();
      case SPLIT -> {
        split();
        audit = (_, leaksAllowed) -> problemOfExtents(leaksAllowed);
      }
    }
    return new Kills("vmdk", file(), seed)
        .clusters(kind == Kind.SMALL_GRAINS ? 4096 : 1 << 16)
        .checkedBy(audit);
  }

  private void child() throws IOException {
    Disk below = new Disk(RandomContent.of(1, 0, 20 << 20), 128);
    var _ = new SparseFile(below).described().build().write(directory().resolve("parent.vmdk"));
    Disk disk = VmdkUnderTest.empty("128", SIZE);
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    var _ =
        file.described(SparseFile.of(disk).over("parent.vmdk", "12345678")).build().write(file());
  }

  /** Two hosted extents, and one of ESX. */
  private void split() throws IOException {
    int[] sectors = {20_000, 10_000, SIZE / 512 - 30_000};
    for (int i = 0; i < 2; i++) {
      Disk disk = VmdkUnderTest.empty("128", sectors[i] * 512L);
      var _ = new SparseFile(disk).build().write(directory().resolve("s" + i));
    }
    var _ =
        EsxFiles.cowd(VmdkUnderTest.empty("8", sectors[2] * 512L)).write(directory().resolve("s2"));
    var _ =
        new DescriptorFile(
                "RW " + sectors[0] + " SPARSE \"s0\"",
                "RW " + sectors[1] + " SPARSE \"s1\"",
                "RW " + sectors[2] + " VMFSSPARSE \"s2\"")
            .write(file());
  }

  private String problemOfExtents(boolean leaksAllowed) throws IOException {
    for (String name : Arrays.asList("s0", "s1", "s2")) {
      var extent = VmdkUnderTest.inMemory(directory().resolve(name));
      String problem = leaksAllowed ? VMDK.corruption(extent) : VMDK.problem(extent);
      if (!problem.isEmpty()) {
        return name + ": " + problem;
      }
    }
    return "";
  }
}
