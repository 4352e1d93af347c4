package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.BitmapChange;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;

/** A small image in which there is much that a compaction forgets and moves. */
final class CompactableImage {
  private static final int SECTOR = 512;

  /** More than the first refcount table has room for, in bytes. */
  private static final int LARGE = 4200 * SECTOR;

  /** What images there are. */
  enum Kind {
    USUAL("cluster_size=4096"),
    TINY_CLUSTERS("cluster_size=512,refcount_bits=64"),

    /** Tables that have moved to the end, as they were longer than what they were made for. */
    GROWN("cluster_size=512,refcount_bits=64"),
    VERSION_2("cluster_size=4096,compat=0.10"),
    BACKING("cluster_size=4096,backing_file=base.raw,backing_fmt=raw"),
    VERSION_2_BACKING("cluster_size=512,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    SUBCLUSTERS_BACKING(
        "cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    SNAPSHOTS("cluster_size=4096"),
    SNAPSHOTS_TINY_CLUSTERS("cluster_size=512"),
    SNAPSHOTS_VERSION_2("cluster_size=512,compat=0.10"),
    SNAPSHOTS_SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    COMPRESSED("cluster_size=4096"),
    COMPRESSED_NARROW("cluster_size=2048,refcount_bits=2"),
    COMPRESSED_SNAPSHOTS("cluster_size=4096,compression_type=zstd"),
    COMPRESSED_SNAPSHOTS_NARROW("cluster_size=2048,refcount_bits=4"),
    BITMAPS("cluster_size=512"),
    BITMAPS_SNAPSHOTS("cluster_size=512"),
    ENCRYPTED("cluster_size=4096," + Qcow2UnderTest.ENCRYPTED),
    ENCRYPTED_SNAPSHOTS("cluster_size=4096," + Qcow2UnderTest.ENCRYPTED);

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    boolean has(String what) {
      return name().contains(what);
    }

    int clusterSize() {
      return Integer.parseInt(options.split("[=,]")[1]);
    }
  }

  private final Kind kind;
  private final Path file;
  private final Random random;
  private final int cluster;
  private final int size;

  private CompactableImage(Kind kind, Path directory, Random random) {
    this.kind = kind;
    this.file = directory.resolve("image.qcow2");
    this.random = random;
    this.cluster = kind.clusterSize();
    int clusters = 20 + random.nextInt(cluster == SECTOR ? 200 : 30);
    this.size = clusters * cluster - SECTOR * random.nextInt(cluster / SECTOR);
  }

  /** Makes an image in a directory, and returns a copy of it in memory. */
  static PagedStorage make(Kind kind, Path directory, Random random) throws IOException {
    CompactableImage made = new CompactableImage(kind, directory, random);
    made.make();
    return FormatUnderTest.inMemory(made.file);
  }

  /** Returns a storage under the name of an image's file, beside which others are. */
  static Storage named(Storage storage, Path directory) {
    return new NamedStorage(storage, directory.resolve("image.qcow2"));
  }

  static void compact(Storage storage, Path directory, ProgressListener listener)
      throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(named(storage, directory), QCOW2.writable())) {
      image.compact(listener);
    }
  }

  private void make() throws IOException {
    QCOW2.create(file, kind.options, size);
    if (kind == Kind.GROWN) {
      try (DiskImage disk = open()) {
        disk.resize(LARGE);
        write(disk, 0, LARGE);
        disk.discard(SECTOR, LARGE - 2 * SECTOR);
        disk.resize(size);
      }
    }
    byte[] base = new byte[size];
    if (kind.has("BACKING")) {
      random.nextBytes(base);
      Files.write(file.resolveSibling("base.raw"), Arrays.copyOf(base, size - size / 5));
    }
    try (DiskImage disk = open()) {
      write(disk, 0, size);
      change(disk, base);
      if (kind.has("SNAPSHOTS")) {
        disk.createSnapshot("one");
        change(disk, base);
        disk.createSnapshot("two");
        change(disk, base);
        disk.createSnapshot("three");
        disk.deleteSnapshot(random.nextBoolean() ? "one" : "two");
      }
    }
    if (kind.has("BITMAPS")) {
      for (String name : new String[] {"first", "second", "third"}) {
        try (ImageMaintenance image = DiskImages.maintain(file, QCOW2.writable())) {
          image.change(new BitmapChange.Add(name, OptionalLong.of(512), true));
        }
        try (DiskImage disk = open()) {
          change(disk, base);
        }
      }
      try (ImageMaintenance image = DiskImages.maintain(file, QCOW2.writable())) {
        image.change(new BitmapChange.Remove("first"));
      }
    }
    try (DiskImage disk = open()) {
      change(disk, base);
      // What was freed at first is in front of all else.
      disk.discard(0, Math.min(size, 6 * cluster));
    }
  }

  private DiskImage open() throws IOException {
    return DiskImages.open(file, QCOW2.writable());
  }

  private void write(DiskImage disk, int offset, int length) throws IOException {
    byte[] content = new byte[length];
    random.nextBytes(content);
    disk.write(offset, content);
  }

  private void change(DiskImage disk, byte[] base) throws IOException {
    for (int i = 0; i < 8; i++) {
      int offset = SECTOR * random.nextInt(size / SECTOR);
      int length = Math.min(size - offset, SECTOR * (1 + random.nextInt(8 * cluster / SECTOR)));
      switch (random.nextInt(kind.has("COMPRESSED") ? 8 : 5)) {
        case 0 -> disk.discard(offset, length);
        case 1 -> disk.write(offset, new byte[length]);
        case 2 -> disk.writeZeroes(offset, length);
        case 3 -> disk.write(offset, Arrays.copyOfRange(base, offset, offset + length));
        case 4 -> write(disk, offset, length);
        default -> compress(disk, offset & -cluster);
      }
    }
  }

  private void compress(DiskImage disk, int start) throws IOException {
    for (int offset = start; offset < Math.min(size, start + 5 * cluster); offset += cluster) {
      byte[] content = new byte[Math.min(cluster, size - offset)];
      random.nextBytes(content);
      Arrays.fill(content, random.nextInt(content.length), content.length, (byte) 0);
      disk.writeCompressed(offset, MemorySegment.ofArray(content));
    }
  }
}
