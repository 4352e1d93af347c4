package io.diskformat.cli;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What both tools work with, each for itself: random chains of images, which are copies of the same
 * files, under the same names.
 *
 * @param ours the directory of the copies that this tool works with
 * @param theirs the directory of those that qemu-img works with
 * @param names of the images, the lowest first
 * @param formats of the images
 */
record BothSides(Path ours, Path theirs, List<String> names, List<String> formats) {
  private static final List<String> LOWEST = List.of("raw", "qcow2");

  /** Returns the name of the uppermost image. */
  String top() {
    return names.getLast();
  }

  /** Returns the format of an image. */
  String formatOf(String name) {
    return formats.get(names.indexOf(name));
  }

  /** Makes a chain of one to three images, and a copy of it in another directory. */
  static BothSides chain(Path in, Random random) throws IOException {
    Path ours = Files.createDirectory(in.resolve("ours"));
    Path theirs = Files.createDirectory(in.resolve("them"));
    List<String> names = new ArrayList<>();
    List<String> formats = new ArrayList<>();
    int images = 1 + random.nextInt(3);
    for (int i = 0; i < images; i++) {
      boolean last = i == images - 1;
      String format = i > 0 || last ? "qcow2" : LOWEST.get(random.nextInt(LOWEST.size()));
      String name = "image" + i + "." + format;
      List<Object> create = new ArrayList<>(List.of("create", "-q", "-f", format));
      if (format.equals("qcow2")) {
        create.addAll(List.of("-o", options(random)));
      }
      if (i > 0) {
        create.addAll(List.of("-b", names.getLast(), "-F", formats.getLast()));
      }
      create.add(ours.resolve(name));
      create.add(random.nextLong(1, 6000) * 512);
      Oracle.of("qemu-img").in(ours).run(create.toArray()).orFail();
      names.add(name);
      formats.add(format);
      write(ours.resolve(name), format, random);
    }
    Path top = ours.resolve(names.getLast());
    for (int i = random.nextInt(3); i > 0; i--) {
      Oracle.qemuImg("snapshot", "-c", "s" + i + "x".repeat(random.nextInt(20)), top).orFail();
      write(top, "qcow2", random);
    }
    if (random.nextBoolean()
        && !Files.readString(top, StandardCharsets.ISO_8859_1).startsWith("QFI\u00fb\0\0\0\2")) {
      Oracle.qemuImg("bitmap", "--add", "-g", 512 << random.nextInt(8), top, "b").orFail();
    }
    for (String name : names) {
      Oracle.of("cp").run("--sparse=auto", ours.resolve(name), theirs.resolve(name)).orFail();
    }
    return new BothSides(ours, theirs, names, formats);
  }

  /** Returns random options of a new qcow2 image, as qemu-img takes them. */
  static String options(Random random) {
    int clusterBits = random.nextInt(9, 18);
    List<String> options = new ArrayList<>(List.of("cluster_size=" + (1 << clusterBits)));
    if (random.nextInt(5) == 0) {
      options.add("compat=0.10");
    } else {
      options.add("refcount_bits=" + (8 << random.nextInt(4)));
      options.add("lazy_refcounts=" + (random.nextBoolean() ? "on" : "off"));
      if (clusterBits >= 14 && random.nextBoolean()) {
        options.add("extended_l2=on");
      }
      if (random.nextBoolean()) {
        options.add("compression_type=" + (random.nextBoolean() ? "zstd" : "zlib"));
      }
    }
    return String.join(",", options);
  }

  private static void write(Path image, String format, Random random) {
    List<Object> commands = new ArrayList<>(List.of("-f", format));
    long sectors = sizeOf(image, format) / 512;
    for (int i = random.nextInt(6); i > 0; i--) {
      long at = random.nextLong(sectors);
      long length = Math.min(sectors - at, random.nextLong(1, 300));
      String verb =
          List.of("write -P " + random.nextInt(256), "write -z", "discard").get(random.nextInt(3));
      commands.addAll(List.of("-c", verb + " " + at * 512 + " " + length * 512));
    }
    if (commands.size() > 2) {
      commands.add(image);
      Oracle.qemuIo(commands.toArray()).orFail();
    }
  }

  /** Returns the size of an image's disk, in bytes. */
  static long sizeOf(Path image, String format) {
    String info =
        Oracle.qemuImg("info", "-U", "-f", format, "--output=json", image).orFail().output();
    return Long.parseLong(info.replaceAll("(?s).*\"virtual-size\": (\\d+).*", "$1"));
  }
}
