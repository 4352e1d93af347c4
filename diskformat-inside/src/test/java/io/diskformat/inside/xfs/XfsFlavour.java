package io.diskformat.inside.xfs;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A kind of XFS, as {@code mkfs.xfs} makes it. */
enum XfsFlavour {
  VERSION_4("-m", "crc=0", "-n", "ftype=0"),
  VERSION_4_TYPES("-m", "crc=0", "-n", "ftype=1", "-b", "size=1024", "-n", "size=4096"),
  VERSION_4_512("-m", "crc=0", "-b", "size=512", "-n", "size=4096", "-i", "size=256"),
  MODERN(),
  /** As the kernels of CentOS 7 read it. */
  OLDER_5("-m", "bigtime=0,reflink=0,finobt=0,inobtcount=0", "-i", "sparse=0"),
  MODERN_1K("-b", "size=1024", "-n", "size=16384"),
  MANY_EXTENTS("-i", "nrext64=1,size=2048"),
  SECTORS_4K("-s", "size=4096"),
  LARGE_DIRECTORY_BLOCKS("-n", "size=65536"),
  MANY_GROUPS("-d", "agcount=4");

  private static final long SIZE = 64L << 20;

  private final List<String> options;

  XfsFlavour(String... options) {
    this.options = List.of(options);
  }

  boolean isVersion4() {
    return options.contains("crc=0");
  }

  /** Makes an image of what a prototype file describes. */
  void make(Path image, Path prototype) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    List<Object> arguments = new ArrayList<>();
    // It makes small ones for its own tests alone.
    arguments.addAll(List.of("TEST_DIR=x", "TEST_DEV=x", "QA_CHECK_FS=1"));
    arguments.addAll(List.of("mkfs.xfs", "-q", "-f", "-L", "a label", "-p", prototype));
    arguments.addAll(options);
    arguments.add(image);
    Oracle _ = Oracle.of("mkfs.xfs");
    Oracle.of("env").run(arguments.toArray()).orFail();
  }
}
