package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The options of a new image, checked. Named, and valued, as {@code qemu-img create -f qcow2 -o
 * help} lists them; encryption is not among them.
 *
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size
 * @param refcountOrder log2 of the width of a refcount in bits
 * @param extendedL2 whether L2 entries are extended
 * @param lazyRefcounts whether refcounts may be updated lazily
 * @param compression how clusters are compressed, those that will be
 * @param preallocation what is allocated from the start
 * @param backingFile the name of the backing file, recorded as it is
 * @param backingFormat the format of the backing file
 * @param dataFile the name of the external data file, relative to the image
 * @param rawData whether the data file is a raw image of the disk
 */
record Qcow2Options(
    int version,
    int clusterBits,
    int refcountOrder,
    boolean extendedL2,
    boolean lazyRefcounts,
    CompressionType compression,
    Preallocation preallocation,
    Optional<String> backingFile,
    Optional<String> backingFormat,
    Optional<String> dataFile,
    boolean rawData) {

  /** What is allocated when an image is created. */
  enum Preallocation {
    /** Nothing. */
    OFF,
    /** Tables, and places for all clusters that take up no space yet. */
    METADATA,
    /** Tables and space. */
    FALLOC,
    /** Tables and space, which is written. */
    FULL
  }

  private static final Set<String> NAMES =
      Set.of(
          "compat",
          "cluster_size",
          "refcount_bits",
          "extended_l2",
          "lazy_refcounts",
          "compression_type",
          "preallocation",
          "backing_file",
          "backing_fmt",
          "data_file",
          "data_file_raw");

  /**
   * Checks options.
   *
   * @throws IllegalArgumentException if one is unknown, has a value that makes no sense, or does
   *     not go with the others
   */
  static Qcow2Options of(CreateOptions options) {
    for (String name : options.options().keySet()) {
      if (!NAMES.contains(name)) {
        throw new IllegalArgumentException("qcow2 images have no option \"" + name + "\"");
      }
    }
    int version =
        switch (options.option("compat").orElse("1.1")) {
          case "0.10", "v2" -> 2;
          case "1.1", "v3" -> 3;
          default -> throw bad(options, "compat", "0.10 (v2) or 1.1 (v3)");
        };
    Optional<String> dataFile = options.option("data_file").filter(name -> !name.isEmpty());
    boolean rawData = flag(options, "data_file_raw");
    Preallocation preallocation = preallocation(options);
    Qcow2Options checked =
        new Qcow2Options(
            version,
            clusterBits(options),
            refcountOrder(options),
            flag(options, "extended_l2"),
            flag(options, "lazy_refcounts"),
            compression(options),
            rawData && preallocation == Preallocation.OFF ? Preallocation.METADATA : preallocation,
            options.option("backing_file").filter(name -> !name.isEmpty()),
            options.option("backing_fmt").filter(name -> !name.isEmpty()),
            dataFile,
            rawData);
    checked.checkTogether();
    return checked;
  }

  private void checkTogether() {
    require(
        version >= 3 || refcountOrder == 4,
        "refcount_bits other than 16 needs compat=1.1 or later");
    require(version >= 3 || !lazyRefcounts, "lazy_refcounts needs compat=1.1 or later");
    require(version >= 3 || !extendedL2, "extended_l2 needs compat=1.1 or later");
    require(version >= 3 || dataFile.isEmpty(), "data_file needs compat=1.1 or later");
    require(
        version >= 3 || compression == CompressionType.ZLIB,
        "compression_type other than zlib needs compat=1.1 or later");
    require(!extendedL2 || clusterBits >= 14, "extended_l2 needs a cluster_size of 16k at least");
    require(dataFile.isPresent() || !rawData, "data_file_raw needs data_file");
    require(backingFile.isEmpty() || !rawData, "backing_file and data_file_raw exclude each other");
    require(backingFile.isPresent() || backingFormat.isEmpty(), "backing_fmt needs a backing_file");
    require(
        backingFile.isEmpty() || extendedL2 || preallocation == Preallocation.OFF,
        "backing_file and preallocation go together only with extended_l2");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("qcow2 options: " + problem);
    }
  }

  private static int clusterBits(CreateOptions options) {
    String text = options.option("cluster_size").orElse("65536");
    long size = SizeText.parse(text);
    if (size < 512 || size > 2 << 20 || Long.bitCount(size) != 1) {
      throw bad(options, "cluster_size", "a power of two between 512 and 2048k");
    }
    return Long.numberOfTrailingZeros(size);
  }

  private static int refcountOrder(CreateOptions options) {
    String text = options.option("refcount_bits").orElse("16");
    return switch (text) {
      case "1", "2", "4", "8", "16", "32", "64" ->
          Integer.numberOfTrailingZeros(Integer.parseInt(text));
      default -> throw bad(options, "refcount_bits", "a power of two and at most 64");
    };
  }

  private static CompressionType compression(CreateOptions options) {
    return switch (options.option("compression_type").orElse("zlib")) {
      case "zlib" -> CompressionType.ZLIB;
      case "zstd" -> CompressionType.ZSTD;
      default -> throw bad(options, "compression_type", "zlib or zstd");
    };
  }

  private static Preallocation preallocation(CreateOptions options) {
    return switch (options.option("preallocation").orElse("off")) {
      case "off" -> Preallocation.OFF;
      case "metadata" -> Preallocation.METADATA;
      case "falloc" -> Preallocation.FALLOC;
      case "full" -> Preallocation.FULL;
      default -> throw bad(options, "preallocation", "off, metadata, falloc or full");
    };
  }

  private static boolean flag(CreateOptions options, String name) {
    return switch (options.option(name).orElse("off").toLowerCase(Locale.ROOT)) {
      case "on", "yes", "true", "y" -> true;
      case "off", "no", "false", "n" -> false;
      default -> throw bad(options, name, "on or off");
    };
  }

  private static IllegalArgumentException bad(CreateOptions options, String name, String expected) {
    return new IllegalArgumentException(
        name + " must be " + expected + ": " + options.option(name).orElse(""));
  }
}
