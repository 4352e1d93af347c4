package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static io.diskformat.testing.FormatUnderTest.inMemory;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.StalledAccessProof;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One access that is held up, for each way in which a cluster may be stored. */
final class StalledAccessTest extends StalledAccessProof<StalledAccessTest.Case> {
  /** How the cluster is stored that is accessed. */
  enum Kind {
    DATA,
    ZERO,
    HOLE,
    RESERVED_ZERO,
    RESERVED_HOLE,
    COMPRESSED
  }

  /** What an image is like otherwise. */
  enum Layout {
    STANDARD(4096, false),
    EXTENDED(16384, true);

    final int cluster;
    final boolean extended;

    Layout(int cluster, boolean extended) {
      this.cluster = cluster;
      this.extended = extended;
    }
  }

  record Case(Layout layout, Kind kind, boolean backed) {}

  StalledAccessTest() {
    super(QCOW2, true);
  }

  @Override
  protected List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      for (Kind kind : Kind.values()) {
        if (kind != Kind.RESERVED_HOLE || layout.extended) {
          cases.add(new Case(layout, kind, false));
        }
      }
      cases.add(new Case(layout, layout.extended ? Kind.RESERVED_HOLE : Kind.HOLE, true));
    }
    return cases;
  }

  @Override
  protected int clusterSize(Case c) {
    return c.layout.cluster;
  }

  @Override
  protected PagedStorage image(Case c) throws IOException {
    create(c);
    return inMemory(file());
  }

  /** The L2 table looks as if a snapshot had it too, so that the first change moves it. */
  @Override
  protected PagedStorage imageWithTablesThatMove(Case c) throws IOException {
    create(c);
    try (Storage file = FileStorage.open(file(), true, FileStorage.Sharing.UNLOCKED)) {
      long l1 = file.readLong(40);
      HeaderPatch.of(file()).putLong(l1, file.readLong(l1) & ~L2Entry.COPIED);
    }
    return inMemory(file());
  }

  private void create(Case c) throws IOException {
    int cluster = c.layout.cluster;
    String layout =
        "cluster_size=" + cluster + ",extended_l2=" + (c.layout.extended ? "on" : "off");
    String backing = c.backed ? ",backing_file=base.raw,backing_fmt=raw" : "";
    QCOW2.create(file(), layout + backing, (long) CLUSTERS * cluster);
    if (c.backed) {
      Files.write(directory().resolve("base.raw"), RandomContent.of(1, 0, CLUSTERS * cluster));
    }
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      place(disk, c, cluster);
      disk.write(0, RandomContent.of(3, 0, cluster));
      if (c.kind != Kind.COMPRESSED) {
        // A stream next to the other one would keep its place from being free.
        byte[] compressible = Arrays.copyOf(RandomContent.of(4, 7L * cluster, 512), cluster);
        disk.writeCompressed(7L * cluster, MemorySegment.ofArray(compressible));
      }
    }
  }

  private static void place(DiskImage disk, Case c, int cluster) throws IOException {
    long start = (long) TARGET * cluster;
    byte[] content = RandomContent.of(2, start, cluster);
    switch (c.kind) {
      case DATA -> disk.write(start, content);
      case ZERO -> disk.writeZeroes(start, cluster);
      case HOLE -> {}
      case RESERVED_ZERO -> {
        disk.write(start, content);
        disk.writeZeroes(start, cluster);
      }
      case RESERVED_HOLE -> disk.write(start + cluster / 2, new byte[] {1});
      case COMPRESSED ->
          disk.writeCompressed(
              start,
              MemorySegment.ofArray(
                  Arrays.copyOf(Arrays.copyOf(content, cluster * 5 / 8), cluster)));
    }
  }
}
