package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A commit to an image further below leaves what qemu-img leaves. */
final class CommitDownTest {
  /** How many random chains; {@code -Ddiskformat.commit.chains=1000} for a long run. */
  private static final int CHAINS = Integer.getInteger("diskformat.commit.chains", 6);

  private static final long MIB = 1 << 20;

  @TempDir private Path directory;

  @Test
  void commitsAsQemuDoes() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < CHAINS; i++) {
      long seed = seeds.nextLong();
      Path ours = Files.createDirectory(directory.resolve("ours" + i));
      Path theirs = Files.createDirectory(directory.resolve("theirs" + i));
      try {
        compare(new Random(seed), ours, theirs);
      } catch (AssertionError | IOException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void compare(Random random, Path ours, Path theirs) throws IOException {
    List<String> names = new ArrayList<>();
    String format = List.of("raw", "qcow2", "vdi", "vmdk").get(random.nextInt(4));
    int images = 3 + random.nextInt(2);
    for (int i = 0; i < images; i++) {
      String name = "image" + i;
      long size = random.nextLong(1, 6 * MIB / 512) * 512;
      if (i == 0 && format.startsWith("v")) {
        // Which QEMU cannot make larger.
        size = 6 * MIB;
      }
      if (i == 0) {
        Oracle.qemuImg("create", "-q", "-f", format, ours.resolve(name), size).orFail();
      } else {
        Object[] create = {"create", "-q", "-f", "qcow2", "-b", names.getLast(), "-F"};
        List<Object> command = new ArrayList<>(List.of(create));
        command.addAll(
            List.of(
                i == 1 ? format : "qcow2",
                "-o",
                "cluster_size=" + (512 << random.nextInt(9)),
                ours.resolve(name),
                size));
        Oracle.of("qemu-img").in(ours).run(command.toArray()).orFail();
      }
      names.add(name);
      fill(ours.resolve(name), i == 0 ? format : "qcow2", random);
    }
    for (String name : names) {
      Files.copy(ours.resolve(name), theirs.resolve(name));
    }
    Path before = raw(ours, names.getLast());
    String base = names.get(random.nextInt(images - 1));
    Path top = ours.resolve(names.getLast());
    Oracle.of("qemu-img")
        .in(theirs)
        .run("commit", "-q", "-b", base, theirs.resolve(names.getLast()))
        .orFail();
    assertEquals(
        "Image committed.\n",
        Cli.run("commit", "-b", ours.resolve(base), "-f", "qcow2", top).orFail().output());
    assertEquals(-1, Files.mismatch(before, raw(ours, names.getLast())), "the top");
    assertEquals(-1, Files.mismatch(raw(theirs, base), raw(ours, base)), "the base");
    if (!base.equals("image0")) {
      Oracle.qemuImg("check", ours.resolve(base)).orFail();
    }
  }

  private static void fill(Path image, String format, Random random) throws IOException {
    OpenOptions options =
        OpenOptions.writable().format(format).references(ReferencePolicy.sameDirectory());
    try (DiskImage disk = DiskImages.open(image, options)) {
      for (int i = random.nextInt(8); i > 0; i--) {
        long offset = random.nextLong(disk.size());
        int length = (int) Math.min(disk.size() - offset, random.nextInt(1, 300_000));
        if (random.nextInt(3) == 0) {
          disk.writeZeroes(offset, length);
        } else {
          disk.write(offset, RandomContent.of(random.nextLong(), offset, length));
        }
      }
    }
  }

  private static Path raw(Path in, String name) throws IOException {
    Path raw = Files.createTempFile(in, name, ".raw");
    Oracle.of("qemu-img").in(in).run("convert", "-O", "raw", name, raw).orFail();
    return raw;
  }

  @Test
  void refusesWhatIsNotBelow() throws IOException {
    Path base = directory.resolve("base.qcow2");
    Path top = directory.resolve("top.qcow2");
    Path other = Files.write(directory.resolve("other.raw"), new byte[4096]);
    Oracle.qemuImg("create", "-q", "-f", "qcow2", base, "1M").orFail();
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", top).orFail();
    for (Path wrong : List.of(other, directory.resolve("none"), top)) {
      String message = Cli.run("commit", "-b", wrong, top).message(1);
      assertTrue(message.contains("did not find '" + wrong + "'"), message);
    }
    String alone = Cli.run("commit", "-b", top, base).message(1);
    assertTrue(alone.contains("does not have a backing file"), alone);
  }

  /**
   * The image next above would no longer open: it records the number that the base had, which each
   * write replaces.
   */
  @Test
  void aVmdkBaseIsNotWrittenPastAnotherImage() throws IOException {
    Oracle.of("qemu-img");
    for (String name : List.of("base", "middle", "top")) {
      Path image = directory.resolve(name + ".vmdk");
      if (name.equals("base")) {
        Oracle.qemuImg("create", "-q", "-f", "vmdk", image, "1M").orFail();
      } else {
        String below = name.equals("middle") ? "base.vmdk" : "middle.vmdk";
        Oracle.of("qemu-img")
            .in(directory)
            .run("create", "-q", "-f", "vmdk", "-b", below, "-F", "vmdk", image)
            .orFail();
      }
      fill(image, "vmdk", new Random(name.hashCode()));
    }
    Path before = raw(directory, "top.vmdk");
    Path baseBefore = raw(directory, "base.vmdk");
    Path base = directory.resolve("base.vmdk");
    Path middle = directory.resolve("middle.vmdk");
    Path top = directory.resolve("top.vmdk");
    String message = Cli.run("commit", "-b", base, top).message(1);
    assertTrue(message.contains("commit to one image after the other"), message);
    assertEquals(-1, Files.mismatch(before, raw(directory, "top.vmdk")));
    assertEquals(-1, Files.mismatch(baseBefore, raw(directory, "base.vmdk")));
    // One after the other, each with its parent as it is recorded.
    Cli.run("commit", "-b", middle, top).orFail();
    Cli.run("commit", "-b", "base.vmdk", middle).orFail();
    assertEquals(-1, Files.mismatch(before, raw(directory, "base.vmdk")));
    assertEquals(-1, Files.mismatch(before, raw(directory, "top.vmdk")));
  }

  /** What was written after the snapshot is not in it, and would show there after a commit. */
  @Test
  void theDiskOfASnapshotStaysWhatItIs() throws IOException {
    Oracle.of("qemu-img");
    Path base = Files.write(directory.resolve("base.raw"), new byte[1 << 20]);
    Path top = directory.resolve("top.qcow2");
    Oracle.of("qemu-img")
        .in(directory)
        .run("create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", "middle.qcow2")
        .orFail();
    Oracle.of("qemu-img")
        .in(directory)
        .run("create", "-q", "-f", "qcow2", "-b", "middle.qcow2", "-F", "qcow2", top)
        .orFail();
    Oracle.qemuImg("snapshot", "-c", "s", top).orFail();
    Cli.run("commit", "-d", "-b", base, top).orFail();
    OpenOptions writable =
        OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (DiskImage disk = DiskImages.open(top, writable)) {
      disk.write(0, new byte[] {7});
    }
    String message = Cli.run("commit", "-d", "-b", base, top).message(1);
    assertTrue(message.contains("internal snapshots whose disks would change"), message);
    assertEquals(0, Files.readAllBytes(base)[0]);
    Oracle.qemuImg("snapshot", "-d", "s", top).orFail();
    Cli.run("commit", "-d", "-b", base, top).orFail();
    assertEquals(7, Files.readAllBytes(base)[0]);
  }

  /** Beside the image, though another way is recorded. */
  @Test
  void theParentItselfIsFoundByAnyOfItsNames() throws IOException {
    Oracle.of("qemu-img");
    Path base = directory.resolve("base.vmdk");
    Path top = directory.resolve("top.vmdk");
    Oracle.qemuImg("create", "-q", "-f", "vmdk", base, "1M").orFail();
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-b", base, "-F", "vmdk", top).orFail();
    fill(top, "vmdk", new Random(1));
    Path before = raw(directory, "top.vmdk");
    Cli.run("commit", "-b", "base.vmdk", top).orFail();
    assertEquals(-1, Files.mismatch(before, raw(directory, "base.vmdk")));
  }
}
