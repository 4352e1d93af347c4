package io.diskformat.maintenance;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ProgressListener;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.PaddedCopy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a layer what the old device below it shows and a new one would not, so that the layer's
 * disk stays the same when the new one takes the old one's place: for any format.
 *
 * <p>At every instant the disk is what it was, over the old device.
 */
public final class LayerRebase {
  /** The largest piece that is compared at once, in bytes. */
  private static final int PIECE = 1 << 20;

  /** The alignment of buffers, in bytes, by which system calls copy fastest. */
  private static final int ALIGNMENT = 4096;

  /** What differs is written in whole sectors, in bytes. */
  private static final int SECTOR = 512;

  private final LayeredDevice image;
  private final BlockDevice layer;
  private final MemorySegment zeroes;
  private final Side old;
  private final Side next;
  private final long cluster;
  private final boolean compress;
  private final ProgressListener listener;

  private LayerRebase(
      LayeredDevice image,
      BlockDevice layer,
      @Nullable BlockDevice old,
      @Nullable BlockDevice next,
      long cluster,
      boolean compress,
      ProgressListener listener,
      Arena arena) {
    this.image = image;
    this.layer = layer;
    long piece = Math.max(PIECE, compress ? cluster : 0);
    this.zeroes = arena.allocate(piece, ALIGNMENT);
    this.old = new Side(old, image.size(), arena.allocate(piece, ALIGNMENT));
    this.next = new Side(next, image.size(), arena.allocate(piece, ALIGNMENT));
    this.cluster = cluster;
    this.compress = compress;
    this.listener = listener;
  }

  /**
   * Writes what differs, and makes that durable.
   *
   * @param image the layer over the old device, writable
   * @param layer the layer alone: its holes are what it does not record
   * @param old the device below the image, or null if there is none
   * @param next the device that is to be there, or null if there is to be none
   * @param cluster the size of the layer's units, in bytes
   * @param compress whether whole units are compressed
   * @param listener gets the progress, in bytes of the disk
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if a device cannot be read or written
   */
  public static void run(
      LayeredDevice image,
      BlockDevice layer,
      @Nullable BlockDevice old,
      @Nullable BlockDevice next,
      long cluster,
      boolean compress,
      ProgressListener listener)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      new LayerRebase(image, layer, old, next, cluster, compress, listener, arena).run();
    }
    image.flush();
    listener.progress(image.size(), image.size());
  }

  private void run() throws IOException {
    ExtentCursor extents = layer.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.kind() == Extent.Kind.HOLE) {
        keep(extent.offset(), extent.end());
      }
      report(extent.end());
    }
  }

  /** Keeps what a range shows that the layer does not record. */
  private void keep(long start, long end) throws IOException {
    for (long at = start, stop; at < end; at = stop) {
      Extent before = old.at(at);
      Extent after = next.at(at);
      stop = Math.min(end, Math.min(before.end(), after.end()));
      if (isSame(before, after)) {
        continue;
      }
      if (before.readsAsZeroes()) {
        keepZeroes(at, stop);
      } else if (compress) {
        // A unit is compressed as a whole, whatever it is made of.
        stop = Math.min(end, Math.ceilDiv(stop, cluster) * cluster);
        compress(at, stop);
      } else {
        keepDifferent(at, stop, after.readsAsZeroes());
      }
      report(stop);
    }
  }

  private static boolean isSame(Extent before, Extent after) {
    return before.readsAsZeroes()
        ? after.readsAsZeroes()
        : before.hostOffset() >= 0
            && !after.readsAsZeroes()
            && before.hostOffset() - before.offset() == after.hostOffset() - after.offset()
            && Objects.equals(before.hostFile(), after.hostFile());
  }

  /**
   * Records zeroes; where the format cannot, and what is below reads so anyway, they are stored.
   */
  private void keepZeroes(long start, long end) throws IOException {
    image.writeZeroes(start, end - start);
    ExtentCursor extents = layer.extents(start, end - start);
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.kind() == Extent.Kind.HOLE) {
        for (long at = extent.offset(), stop; at < extent.end(); at = stop) {
          stop = Math.min(extent.end(), at + PIECE);
          image.write(at, zeroes.asSlice(0, stop - at));
        }
      }
    }
  }

  private void keepDifferent(long start, long end, boolean showsZeroes) throws IOException {
    old.willRead(start, end);
    if (!showsZeroes) {
      next.willRead(start, end);
    }
    for (long at = start; at < end; at += PIECE) {
      int length = (int) Math.min(PIECE, end - at);
      MemorySegment wanted = old.read(at, length);
      MemorySegment shown = showsZeroes ? zeroes.asSlice(0, length) : next.read(at, length);
      writeDifferences(at, wanted, shown);
      report(at + length);
    }
  }

  private void writeDifferences(long offset, MemorySegment wanted, MemorySegment shown)
      throws IOException {
    long length = wanted.byteSize();
    for (long at = 0; at < length; ) {
      long equal = MemorySegment.mismatch(wanted, at, length, shown, at, length);
      if (equal < 0) {
        return;
      }
      long start = (at + equal) / SECTOR * SECTOR;
      long stop = Math.min(start + SECTOR, length);
      while (stop < length && differ(wanted, shown, stop, Math.min(stop + SECTOR, length))) {
        stop = Math.min(stop + SECTOR, length);
      }
      image.write(offset + start, wanted.asSlice(start, stop - start));
      at = stop;
    }
  }

  private static boolean differ(MemorySegment one, MemorySegment other, long start, long end) {
    return MemorySegment.mismatch(one, start, end, other, start, end) >= 0;
  }

  private void compress(long start, long end) throws IOException {
    for (long at = start, stop; at < end; at = stop) {
      long first = at / cluster * cluster;
      stop = Math.min(end, first + cluster);
      int length = (int) (stop - at);
      MemorySegment wanted = old.read(at, length);
      if (wanted.mismatch(next.read(at, length)) < 0) {
        continue;
      }
      boolean isWhole = at == first && (stop == first + cluster || stop == image.size());
      if (isWhole) {
        image.writeCompressed(at, wanted);
      } else {
        image.write(at, wanted);
      }
      report(stop);
    }
  }

  private void report(long done) throws IOException {
    Interruption.check();
    if (done < image.size()) {
      listener.progress(done, image.size());
    }
  }

  /** A device below, with zeroes beyond its end, read once from its start to its end. */
  private static final class Side {
    private final @Nullable BlockDevice device;
    private final long size;
    private final long end;
    private final MemorySegment buffer;
    private @Nullable ExtentCursor extents;
    private @Nullable Extent extent;

    Side(@Nullable BlockDevice device, long end, MemorySegment buffer) {
      this.device = device;
      this.size = device == null ? 0 : Math.min(device.size(), end);
      this.end = end;
      this.buffer = buffer;
    }

    /** Returns the extent that holds an offset. No later call is for an earlier extent. */
    Extent at(long offset) throws IOException {
      BlockDevice below = device;
      if (below == null || offset >= size) {
        return new Extent(offset, end - offset, Extent.Kind.HOLE, true, false, 0, -1, null);
      }
      ExtentCursor cursor = extents;
      if (cursor == null) {
        cursor = below.extents(0, size);
        extents = cursor;
      }
      Extent found = extent;
      while (found == null || found.end() <= offset) {
        found = Objects.requireNonNull(cursor.next());
      }
      extent = found;
      return found;
    }

    MemorySegment read(long offset, int length) throws IOException {
      MemorySegment target = buffer.asSlice(0, length);
      BlockDevice below = device;
      if (below == null) {
        return target.fill((byte) 0);
      }
      PaddedCopy.read(below::read, size, offset, target);
      return target;
    }

    void willRead(long start, long stop) throws IOException {
      if (device != null && start < size) {
        device.willRead(start, Math.min(stop, size) - start);
      }
    }
  }
}
