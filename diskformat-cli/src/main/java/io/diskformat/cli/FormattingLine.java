package io.diskformat.cli;

import io.diskformat.SizeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code create} says of a new image before it makes it: the words of qemu-img, which scripts
 * look at, with each option in QEMU's order, and its default where QEMU writes one. Options that
 * only this tool has come last.
 */
final class FormattingLine {
  private static final String SIZE = FormatOptions.SIZE;

  /** The options of QEMU's formats, in its order, each with the default that it writes, if any. */
  private static final Map<String, List<String>> ORDER =
      Map.of(
          "raw",
          List.of(SIZE, "preallocation", "nocow", "extent_size_hint"),
          "qcow2",
          List.of(
              "encryption",
              "encrypt.format",
              "encrypt.key-secret",
              "encrypt.cipher-alg",
              "encrypt.cipher-mode",
              "encrypt.ivgen-alg",
              "encrypt.ivgen-hash-alg",
              "encrypt.hash-alg",
              "encrypt.iter-time",
              "cluster_size=65536",
              "extended_l2=off",
              "preallocation",
              "compression_type=zlib",
              SIZE,
              "compat",
              "backing_file",
              "backing_fmt",
              "data_file",
              "data_file_raw",
              "lazy_refcounts=off",
              "refcount_bits=16"),
          "vdi",
          List.of(SIZE, "static=off", "preallocation"),
          "vmdk",
          List.of(
              SIZE,
              "adapter_type",
              "backing_file",
              "backing_fmt",
              "compat6=off",
              "hwversion=undefined",
              "toolsversion",
              "subformat",
              "zeroed_grain"),
          "luks",
          List.of(
              SIZE,
              "key-secret",
              "cipher-alg",
              "cipher-mode",
              "ivgen-alg",
              "ivgen-hash-alg",
              "hash-alg",
              "iter-time"));

  private FormattingLine() {}

  /**
   * Returns the line.
   *
   * @param given the options that were given, without the size
   * @param size of the disk, in bytes
   */
  static String of(String file, String format, Map<String, String> given, long size) {
    Map<String, String> left = new LinkedHashMap<>(given);
    List<String> written = new ArrayList<>();
    for (String option : ORDER.getOrDefault(format, List.of(SIZE))) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = name.equals(SIZE) ? Long.toString(size) : left.remove(name);
      if (value != null) {
        written.add(name + "=" + written(name, value));
      } else if (equals >= 0) {
        written.add(option);
      }
    }
    left.forEach((name, value) -> written.add(name + "=" + written(name, value)));
    return "Formatting '" + file + "', fmt=" + format + " " + String.join(" ", written);
  }

  /** A size is written in bytes, and a comma twice, as it was given. */
  private static String written(String name, String value) {
    if (name.endsWith("_size")) {
      try {
        return Long.toString(SizeText.parse(value, name));
      } catch (IllegalArgumentException e) {
        // It is refused as soon as the image is to be made.
      }
    }
    return value.replace(",", ",,");
  }
}
