package io.diskformat.qcow2;

import io.diskformat.ProgressListener;
import io.diskformat.layer.MapWriter;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.layer.PaddedCopy;
import io.diskformat.maintenance.Interruption;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** Gives clusters their places before anything is written there, which reads as zeroes. */
final class Preallocator {
  /** The most clusters that get their places at once. */
  private static final int CLUSTERS = 1024;

  private final MapWriter writer;
  private final L2Editor editor;
  private final Storage data;
  private final boolean external;
  private final int clusterBits;
  private final Preallocation mode;

  /**
   * Whether new clusters are marked as zero: the disk does not read zeroes of the host as zeroes.
   * Of extended entries a place says nothing: what is not stored in any subcluster stays as it is.
   */
  private final boolean marked;

  /** Whether zeroes are written to new clusters. */
  private final boolean written;

  /**
   * Creates a preallocator.
   *
   * @param writer finds places
   * @param editor records them
   * @param data the file with the disk's data
   */
  Preallocator(
      MapWriter writer, L2Editor editor, Storage data, Qcow2Header header, Preallocation mode) {
    this.writer = writer;
    this.editor = editor;
    this.data = data;
    this.external = header.has(Qcow2Header.EXTERNAL_DATA);
    this.clusterBits = header.clusterBits();
    this.mode = mode;
    boolean full = mode == Preallocation.FULL;
    boolean shown = data.isTransformed() && !header.has(Qcow2Header.EXTENDED_L2);
    this.marked = !full && shown && header.version() >= 3;
    this.written = full || (shown && !marked);
  }

  /** Returns whether nothing is to be allocated. */
  boolean isOff() {
    return mode == Preallocation.OFF;
  }

  /**
   * Gives all clusters from an offset on their places; each of them reads as zeroes, and is stored
   * nowhere or at a place of its own.
   *
   * @param start where the first cluster begins, in bytes
   * @param end the size of the disk, in bytes
   * @param listener gets the offset up to which that is done, and the size
   */
  void run(long start, long end, ProgressListener listener) throws IOException {
    for (long offset = start; offset < end; ) {
      Interruption.check();
      long left = ((end - offset - 1) >>> clusterBits) + 1;
      Placement placement = writer.place(offset, (int) Math.min(left, CLUSTERS));
      long length = (long) placement.clusters() << clusterBits;
      // A data file ends with the disk; clusters in the image itself are always whole.
      zero(placement, external ? Math.min(length, end - offset) : length);
      for (long within = 0; within < length; within += 1L << clusterBits) {
        editor.reserve(offset + within, placement.position() + within);
      }
      if (marked) {
        boolean _ = writer.zero(offset, length);
      }
      offset += length;
      writer.flushIfWanted();
      if (offset < end) {
        listener.progress(offset, end);
      }
    }
  }

  private void zero(Placement placement, long length) throws IOException {
    if (written) {
      PaddedCopy.writeZeroes(data, placement.position(), length);
      return;
    }
    if (mode == Preallocation.FALLOC) {
      data.reserve(placement.position(), length);
    }
    if (!external && !data.isTransformed() && !placement.zeroed()) {
      data.zero(placement.position(), length, false);
    }
  }
}
