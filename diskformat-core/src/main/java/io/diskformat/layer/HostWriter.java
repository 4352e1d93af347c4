package io.diskformat.layer;

import io.diskformat.device.PlainBytes;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.HostCopy;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Has the host copy bytes of another file to a layer: in place where the {@link MapWriter} allows
 * it, and otherwise to new placements, in whole clusters. Of a cluster that is larger than what is
 * copied at once, a part is copied if the rest of it is zeroes.
 */
final class HostWriter {
  /** The largest cluster that is copied only as a whole, in bytes. */
  private static final long MOST_WHOLE = 2 << 20;

  private final MapWriter writer;
  private final PlainWriter plain;
  private final Storage data;
  private final long unit;
  private final long cluster;

  HostWriter(GuestMap map, MapWriter writer, PlainWriter plain, Storage data) {
    this.writer = writer;
    this.plain = plain;
    this.data = data;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
  }

  /**
   * Copies to the start of a range of the disk; returns how many bytes were copied, which may be
   * none.
   */
  long copyFrom(PlainBytes.Range source, long offset, long length) throws IOException {
    if (!HostCopy.isPossible(source.storage(), data)) {
      return 0;
    }
    plain.beforeChange(offset, length);
    long[] copied = {0};
    var _ =
        plain.onUnits(
            offset,
            plain.piece(offset, length),
            (at, bytes) -> {
              long position = writer.inPlace(at);
              copied[0] =
                  position >= 0
                      ? overwrite(source, at, position, bytes)
                      : cluster > MOST_WHOLE
                          ? allocatePart(source, at, bytes)
                          : allocate(source, at, bytes & -cluster);
              return true;
            });
    plain.flushIfWanted();
    return copied[0];
  }

  private long overwrite(PlainBytes.Range source, long offset, long position, long length)
      throws IOException {
    long run = Math.min(unit - (offset & unit - 1), length);
    while (run < length && writer.inPlace(offset + run) == position + run) {
      run += Math.min(unit, length - run);
    }
    return HostCopy.run(source.storage(), source.position(), data, position, run);
  }

  /** Copies whole clusters, or nothing: what surrounds a part of one is not known here. */
  private long allocate(PlainBytes.Range source, long offset, long length) throws IOException {
    if ((offset & cluster - 1) != 0 || length == 0) {
      return 0;
    }
    Placement placement = writer.place(offset, plain.clustersNotInPlace(offset, offset + length));
    long bytes = placement.clusters() * cluster;
    boolean linked = false;
    try {
      long copied =
          HostCopy.run(source.storage(), source.position(), data, placement.position(), bytes);
      if (copied == bytes) {
        writer.link(offset, bytes, offset, placement);
        linked = true;
      }
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
    return linked ? bytes : 0;
  }

  /** Copies to a part of one new cluster, or nothing where the rest of it is no zeroes. */
  private long allocatePart(PlainBytes.Range source, long offset, long length) throws IOException {
    long first = offset & -cluster;
    if (!plain.readsZeroesLocked(first, first + cluster)) {
      return 0;
    }
    Placement placement = writer.place(first, 1);
    long position = placement.position() + offset - first;
    long bytes = Math.min(length, first + cluster - offset);
    boolean linked = false;
    try {
      if (placement.zeroed()
          && HostCopy.run(source.storage(), source.position(), data, position, bytes) == bytes) {
        writer.link(first, cluster, first, placement);
        linked = true;
      }
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
    return linked ? bytes : 0;
  }
}
