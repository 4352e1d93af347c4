package io.diskformat.qcow2;

/** How compressed clusters are compressed: the header's field {@code compression_type}. */
enum CompressionType {
  /** Raw deflate streams, RFC 1951. */
  ZLIB("zlib"),
  /** Zstandard frames, RFC 8878. */
  ZSTD("zstd");

  private final String optionName;

  CompressionType(String optionName) {
    this.optionName = optionName;
  }

  /** Returns the name that qemu-img gives it. */
  String optionName() {
    return optionName;
  }
}
