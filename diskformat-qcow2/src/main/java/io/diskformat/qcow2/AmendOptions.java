package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.SizeText;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of an image after an amendment: those that are given, and the present values of all
 * others.
 *
 * @param version 2 or 3
 * @param lazyRefcounts whether refcounts may be updated lazily
 * @param refcountOrder log2 of the width of a refcount in bits
 * @param size of the disk, in bytes
 * @param dataFile the name of the external data file; empty if there is none
 * @param rawData whether the data file is a raw image of the disk
 */
record AmendOptions(
    int version,
    boolean lazyRefcounts,
    int refcountOrder,
    long size,
    String dataFile,
    boolean rawData) {

  private static final Set<String> KNOWN =
      Set.of(
          "backing_file",
          "backing_fmt",
          "compat",
          "data_file",
          "data_file_raw",
          "lazy_refcounts",
          "refcount_bits",
          "size");

  /**
   * Reads options.
   *
   * @param image the name of the image, for messages
   * @param header as the image is
   * @param given the options that are to have other values
   * @throws IllegalArgumentException if there is no such option, or it cannot have that value
   */
  static AmendOptions of(String image, Qcow2Header header, Map<String, String> given) {
    CreateOptions options = CreateOptions.format("qcow2");
    for (Map.Entry<String, String> option : given.entrySet()) {
      require(image, KNOWN.contains(option.getKey()), problem(option.getKey()));
      options = options.option(option.getKey(), option.getValue());
    }
    requireSame(image, given.get("backing_file"), header.backingFile().orElse(""));
    requireSame(image, given.get("backing_fmt"), header.extensions().backingFormat().orElse(""));
    String dataFile = header.extensions().dataFile().orElse("");
    boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
    require(
        image,
        !given.containsKey("data_file") || external,
        "data_file can only be set for images that use an external data file");
    // Nothing would open the image again, not even to name it.
    require(image, !"".equals(given.get("data_file")), "data_file needs the name of a file");
    boolean lazy = (header.compatible() & Qcow2Header.LAZY_REFCOUNTS) != 0;
    AmendOptions wanted =
        new AmendOptions(
            given.containsKey("compat") ? Qcow2Options.version(options) : header.version(),
            given.containsKey("lazy_refcounts") ? Qcow2Options.isLazy(options) : lazy,
            given.containsKey("refcount_bits")
                ? Qcow2Options.refcountOrder(options)
                : header.refcountOrder(),
            given.containsKey("size")
                ? (SizeText.parse(given.get("size"), "size") + 511) & -512
                : header.size(),
            external ? given.getOrDefault("data_file", dataFile) : "",
            given.containsKey("data_file_raw")
                ? Qcow2Options.isRawData(options)
                : header.hasRawData());
    require(
        image,
        !wanted.rawData || header.hasRawData(),
        "data_file_raw cannot be set on existing images");
    return wanted.checked(image, header, given);
  }

  private AmendOptions checked(String image, Qcow2Header header, Map<String, String> given) {
    if (version >= 3) {
      return this;
    }
    require(
        image,
        refcountOrder == 4,
        given.containsKey("refcount_bits")
            ? "refcount widths other than 16 bits need compat=1.1 or greater"
            : "compat=0.10 needs refcount_bits=16");
    require(
        image,
        !lazyRefcounts || !given.containsKey("lazy_refcounts"),
        "lazy_refcounts needs compat=1.1 or greater");
    require(
        image,
        (header.incompatible() & ~(Qcow2Header.DIRTY | Qcow2Header.CORRUPT)) == 0,
        "an image with an external data file, extended L2 entries or zstd compression cannot be of"
            + " compat=0.10");
    return this;
  }

  private static String problem(String option) {
    boolean creates =
        Qcow2Options.DECLARED.stream().anyMatch(declared -> declared.name().equals(option));
    return "Invalid parameter '"
        + option
        + "'"
        + (creates ? ": this option is only supported for image creation" : "");
  }

  private static void requireSame(String image, @Nullable String given, String present) {
    require(
        image,
        given == null || given.equals(present),
        "Cannot amend the backing file; rebase does that");
  }

  private static void require(String image, boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(image + ": " + problem);
    }
  }
}
