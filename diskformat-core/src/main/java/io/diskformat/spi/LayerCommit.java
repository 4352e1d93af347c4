package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;

/** Writes what one layer of a chain records to the image below it: a commit, for any format. */
public final class LayerCommit {
  private static final int PIECE = 1 << 20;

  private final BlockDevice layer;
  private final DiskImage below;
  private final ProgressListener listener;
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[PIECE]);

  private LayerCommit(BlockDevice layer, DiskImage below, ProgressListener listener) {
    this.layer = layer;
    this.below = below;
    this.listener = listener;
  }

  /**
   * Makes the image below show what the layer over it shows, and makes that durable. At no point
   * does what the two show together change.
   *
   * @param layer that one layer alone, without what is below: a hole is what it does not record
   * @param below writable; grows if it is smaller
   * @param listener told how much of the layer is dealt with
   * @throws InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the layer cannot be read or the image below not be written
   */
  public static void run(BlockDevice layer, DiskImage below, ProgressListener listener)
      throws IOException {
    if (below.size() < layer.size()) {
      below.resize(layer.size());
    }
    new LayerCommit(layer, below, listener).copy();
    below.flush();
    listener.progress(layer.size(), layer.size());
  }

  private void copy() throws IOException {
    ExtentCursor extents = layer.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.kind() == Extent.Kind.DATA) {
        copyData(extent);
      } else if (extent.kind() == Extent.Kind.ZERO) {
        below.writeZeroes(extent.offset(), extent.length());
      }
      told(extent.end());
    }
  }

  private void copyData(Extent extent) throws IOException {
    layer.willRead(extent.offset(), extent.length());
    for (long at = extent.offset(); at < extent.end(); at += PIECE) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, extent.end() - at));
      layer.read(at, piece);
      below.write(at, piece);
      told(at + piece.byteSize());
    }
  }

  private void told(long done) throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while it was under way");
    }
    if (done < layer.size()) {
      listener.progress(done, layer.size());
    }
  }
}
