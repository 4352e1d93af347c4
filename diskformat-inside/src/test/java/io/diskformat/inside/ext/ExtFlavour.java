package io.diskformat.inside.ext;

import io.diskformat.testing.Oracle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A kind of ext2, ext3 or ext4, as {@code mke2fs} makes it. */
enum ExtFlavour {
  EXT2_1K("-t", "ext2", "-b", "1024"),
  EXT2_4K("-t", "ext2", "-b", "4096"),
  EXT2_REVISION_0("-t", "ext2", "-r", "0", "-b", "1024"),
  WITHOUT_TYPES("-t", "ext2", "-O", "^filetype,^sparse_super,^resize_inode", "-b", "1024"),
  EXT3("-t", "ext3", "-b", "4096"),
  /** As CentOS 6 makes it. */
  GROUP_CHECKSUMS(
      "-t", "ext4", "-b", "4096", "-O", "uninit_bg,^metadata_csum,^64bit,^metadata_csum_seed"),
  MODERN("-t", "ext4", "-b", "4096"),
  MODERN_1K("-t", "ext4", "-b", "1024"),
  MODERN_64K("-t", "ext4", "-b", "65536", "-F", "-J", "size=64"),
  NARROW("-t", "ext4", "-b", "4096", "-O", "^64bit"),
  CHECKSUM_SEED("-t", "ext4", "-b", "4096", "-O", "metadata_csum_seed"),
  SMALL_INODES("-t", "ext4", "-b", "4096", "-I", "128"),
  LARGE_INODES("-t", "ext4", "-b", "4096", "-I", "1024", "-O", "inline_data"),
  INLINE_DATA("-t", "ext4", "-b", "1024", "-O", "inline_data"),
  BIGALLOC("-t", "ext4", "-b", "4096", "-C", "65536", "-O", "bigalloc"),
  BIGALLOC_1K("-t", "ext4", "-b", "1024", "-C", "16384", "-O", "bigalloc"),
  META_GROUPS("-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode", "-g", "1024"),
  NO_JOURNAL("-t", "ext4", "-b", "4096", "-O", "^has_journal"),
  NO_EXTENTS("-t", "ext4", "-b", "1024", "-O", "^extent,^64bit"),
  SPARSE_SUPER_2("-t", "ext4", "-b", "1024", "-O", "sparse_super2,^resize_inode", "-g", "4096"),
  CASEFOLD("-t", "ext4", "-b", "4096", "-O", "casefold", "-E", "encoding=utf8"),
  OTHERS("-t", "ext4", "-b", "4096", "-O", "large_dir,ea_inode,encrypt,project,quota,mmp,verity"),
  SMALL_GROUPS("-t", "ext4", "-b", "1024", "-g", "512", "-N", "4096"),
  ORPHAN_FILE("-t", "ext4", "-b", "4096", "-O", "orphan_file");

  private final List<String> options;

  ExtFlavour(String... options) {
    this.options = List.of(options);
  }

  /** Makes an image of a tree. */
  void make(Path image, Path files, String size) {
    List<Object> arguments = new ArrayList<>(List.of("-q", "-d", files, "-L", "a label"));
    arguments.addAll(options);
    arguments.add(image);
    arguments.add(size);
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
  }
}
