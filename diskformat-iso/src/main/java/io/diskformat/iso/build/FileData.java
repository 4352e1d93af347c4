package io.diskformat.iso.build;

import java.util.Optional;

/**
 * Content and where it is put. Several names may share it: hard links, and the same file in each of
 * the trees.
 */
final class FileData implements Extent {
  private final String name;
  private final DiscContent content;
  private final long size;
  private final Optional<Compressed> compressed;
  private long block;

  /**
   * What zisofs says of content that it compressed.
   *
   * @param version 1, or 2 for content of 4 GiB and more
   * @param headerWords how long the header is, in words of 4 bytes
   * @param blockBits the binary logarithm of the size of a block
   * @param size of the content when decompressed
   */
  record Compressed(int version, int headerWords, int blockBits, long size) {}

  /**
   * Content that has no place yet.
   *
   * @param name of the file, for errors
   * @param size in bytes, as it is stored
   */
  FileData(String name, DiscContent content, long size, Optional<Compressed> compressed) {
    this.name = name;
    this.content = content;
    this.size = size;
    this.compressed = compressed;
  }

  String name() {
    return name;
  }

  DiscContent content() {
    return content;
  }

  @Override
  public long size() {
    return size;
  }

  Optional<Compressed> compressed() {
    return compressed;
  }

  @Override
  public long block() {
    return block;
  }

  /** Gives it a place, and returns the block behind it. */
  long place(long first) {
    if (size == 0) {
      return first;
    }
    block = first;
    return first + DiscFields.blocks(size);
  }
}
