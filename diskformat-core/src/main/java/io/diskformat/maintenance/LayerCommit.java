package io.diskformat.maintenance;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Writes what layers of a chain record to the image below them: a commit, for any format. */
public final class LayerCommit {
  /** The largest piece that is copied at once, in bytes. */
  private static final int PIECE = 1 << 20;

  /** The alignment of the buffer, in bytes, by which system calls copy fastest. */
  private static final int ALIGNMENT = 4096;

  private final BlockDevice layer;

  /** How many layers are above the image below, or 0 if the layer is alone and no chain. */
  private final int layers;

  private final DiskImage below;
  private final ProgressListener listener;
  private final MemorySegment buffer;

  private LayerCommit(
      BlockDevice layer, int layers, DiskImage below, ProgressListener listener, Arena arena) {
    this.layer = layer;
    this.layers = layers;
    this.below = below;
    this.listener = listener;
    this.buffer = arena.allocate(PIECE, ALIGNMENT);
  }

  /**
   * Writes what the layer records to the image below, and makes that durable. The disk that the two
   * together are does not change at any point.
   *
   * @param layer the layer alone, without the device below it: its holes are what it does not
   *     record
   * @param below the image below, writable; it grows if it is smaller
   * @param listener gets the progress, in bytes of the layer
   * @return the data that the layer's file is too short for, which was written as zeroes
   * @throws InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the layer cannot be read or the image below cannot be written
   */
  public static List<MissingData> run(BlockDevice layer, DiskImage below, ProgressListener listener)
      throws IOException {
    return run(layer, 0, below, listener);
  }

  /**
   * Writes what several layers together record to the image below them, and makes that durable. The
   * disk that all of them together are does not change at any point, and neither do those of the
   * uppermost one's snapshots.
   *
   * @param chain the layers, over the image below
   * @param layers how many they are; at least 1
   * @param below the image below, writable; it grows if it is smaller
   * @param listener gets the progress, in bytes of the disk
   * @return the data that their files are too short for, which was written as zeroes
   * @throws UnsupportedFeatureException if the disk of a snapshot would change
   * @throws InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the layers cannot be read or the image below cannot be written
   */
  public static List<MissingData> run(
      BlockDevice chain, int layers, DiskImage below, ProgressListener listener)
      throws IOException {
    if (chain instanceof DiskImage image) {
      for (Snapshot snapshot : image.info().snapshots()) {
        try (BlockDevice disk = image.openSnapshot(snapshot.id())) {
          requireKept(disk, chain, layers);
        }
      }
    }
    if (below.size() < chain.size()) {
      below.resize(chain.size());
    }
    try (Arena arena = Arena.ofConfined()) {
      new LayerCommit(chain, layers, below, listener, arena).copy();
    }
    below.flush();
    listener.progress(chain.size(), chain.size());
    return chain.missingData();
  }

  /**
   * Throws unless a snapshot that is kept inside a layer will have the same disk after a commit:
   * unless it records itself whatever the commit writes to the image below.
   *
   * @param snapshot with the same devices below as the layer
   * @param layer which is committed, as {@link #run(BlockDevice, DiskImage, ProgressListener)}
   *     takes it
   * @throws UnsupportedFeatureException if the snapshot's disk would change
   * @throws InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the tables of one of them cannot be read
   */
  public static void requireKept(BlockDevice snapshot, BlockDevice layer) throws IOException {
    requireKept(snapshot, layer, 0);
  }

  private static void requireKept(BlockDevice snapshot, BlockDevice layer, int layers)
      throws IOException {
    ExtentCursor written = layer.extents(0, Math.min(snapshot.size(), layer.size()));
    for (Extent extent = written.next(); extent != null; extent = written.next()) {
      if (recorded(extent, layers) != Extent.Kind.HOLE) {
        requireRecorded(snapshot, extent, layers, layer.toString());
      }
      Interruption.check();
    }
  }

  private static void requireRecorded(BlockDevice snapshot, Extent written, int layers, String name)
      throws IOException {
    ExtentCursor shown = snapshot.extents(written.offset(), written.length());
    for (Extent extent = shown.next(); extent != null; extent = shown.next()) {
      if (recorded(extent, layers) == Extent.Kind.HOLE) {
        throw new UnsupportedFeatureException(
            name, "committing an image with internal snapshots whose disks would change");
      }
    }
  }

  private void copy() throws IOException {
    ExtentCursor extents = layer.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      Extent.Kind kind = recorded(extent, layers);
      if (kind == Extent.Kind.DATA) {
        copyData(extent);
      } else if (kind == Extent.Kind.ZERO) {
        below.writeZeroes(extent.offset(), extent.length());
      }
      report(extent.end());
    }
  }

  /** Returns how the layers record an extent: a hole if they do not. */
  private static Extent.Kind recorded(Extent extent, int layers) {
    if (layers == 0) {
      return extent.kind();
    }
    if (extent.depth() >= layers) {
      return Extent.Kind.HOLE;
    }
    // Where a layer ends before the one above it does, there are zeroes.
    return extent.kind() == Extent.Kind.HOLE ? Extent.Kind.ZERO : extent.kind();
  }

  private void copyData(Extent extent) throws IOException {
    layer.willRead(extent.offset(), extent.length());
    for (long at = extent.offset(); at < extent.end(); at += PIECE) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, extent.end() - at));
      layer.read(at, piece);
      below.write(at, piece);
      report(at + piece.byteSize());
    }
  }

  private void report(long done) throws InterruptedIOException {
    Interruption.check();
    if (done < layer.size()) {
      listener.progress(done, layer.size());
    }
  }
}
