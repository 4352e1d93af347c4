package io.diskformat.iso;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small discs that together have every structure. */
final class HostileDiscs {
  private HostileDiscs() {}

  static List<Path> in(Path directory) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path sub = Files.createDirectory(tree.resolve("a directory"));
    Files.writeString(sub.resolve("n".repeat(200)), "content");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("a directory/../b"));
    Files.write(sub.resolve("zeroes"), new byte[100_000]);
    byte[] loader = new byte[3000];
    new Random(1).nextBytes(loader);
    Files.write(tree.resolve("loader"), loader);
    List<Path> images = new ArrayList<>();
    Path plain = directory.resolve("plain.iso");
    Oracle.of("genisoimage").run("-quiet", "-R", "-J", "-no-pad", "-o", plain, tree).orFail();
    images.add(plain);
    Path udf = directory.resolve("udf.iso");
    Oracle.of("genisoimage").run("-quiet", "-udf", "-no-pad", "-o", udf, tree).orFail();
    images.add(udf);
    Path boot = directory.resolve("boot.iso");
    Oracle.of("xorriso")
        .run(
            "-zisofs",
            "level=9:block_size=32k",
            "-md5",
            "on",
            "-padding",
            "0",
            "-joliet",
            "on",
            "-outdev",
            boot,
            "-map",
            tree,
            "/",
            "-boot_image",
            "any",
            "bin_path=/loader",
            "-boot_image",
            "any",
            "boot_info_table=on",
            "-find",
            "/",
            "-name",
            "zeroes",
            "-exec",
            "set_filter",
            "--zisofs",
            "--",
            "-commit")
        .orFail();
    images.add(boot);
    return images;
  }
}
