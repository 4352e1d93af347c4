package io.diskformat.qcow2;

/** How compressed clusters are compressed: the header's field {@code compression_type}. */
enum CompressionType {
  /** Raw deflate streams, RFC 1951. */
  ZLIB(0, "zlib"),
  /** Zstandard frames, RFC 8878. */
  ZSTD(1, "zstd");

  /** The value of the header's field. */
  final int number;

  /** The name that qemu-img gives it. */
  final String optionName;

  CompressionType(int number, String optionName) {
    this.number = number;
    this.optionName = optionName;
  }
}
