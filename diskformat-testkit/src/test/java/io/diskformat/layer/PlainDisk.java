package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk whose table is in memory alone, and whose clusters are placed one after the other. It
 * keeps account of what is asked of the format. For one thread.
 */
final class PlainDisk extends LayeredDevice {
  static final int CLUSTER = 4096;

  final Table table;
  final Writer writer;
  int releases;

  PlainDisk(long size, Storage data, @Nullable BlockDevice below) {
    this(size, data, below, new Table(Math.toIntExact(Math.ceilDiv(size, CLUSTER))));
  }

  private PlainDisk(long size, Storage data, @Nullable BlockDevice below, Table table) {
    this(size, data, below, table, new Writer(table));
  }

  private PlainDisk(
      long size, Storage data, @Nullable BlockDevice below, Table table, Writer writer) {
    super("plain", size, table, data, below, writer);
    this.table = table;
    this.writer = writer;
  }

  /** Returns where a cluster is stored, or 0. */
  long place(long offset) {
    return table.places[(int) (offset / CLUSTER)];
  }

  /** Makes the disk larger or smaller, within the clusters that its table was made for. */
  void resize(long size) throws IOException {
    change(() -> size);
  }

  @Override
  protected void release() {
    releases++;
  }

  /** A map of a disk that is stored as it is. */
  static GuestMap oneToOne() {
    return new GuestMap(CLUSTER, CLUSTER) {
      @Override
      public long locate(long offset) {
        return Location.of(Location.DATA, offset);
      }

      @Override
      public void decompress(long location, byte[] target) {
        throw new AssertionError("there is nothing compressed");
      }
    };
  }

  /** Where clusters are. */
  static final class Table extends GuestMap {
    final long[] places;

    /** Runs whenever it is looked up where a byte is. */
    Runnable onLookUp = () -> {};

    Table(int clusters) {
      super(CLUSTER, CLUSTER);
      this.places = new long[clusters];
    }

    @Override
    public long locate(long offset) {
      onLookUp.run();
      long place = places[(int) (offset / CLUSTER)];
      return place == 0
          ? Location.of(Location.HOLE)
          : Location.of(Location.DATA, place + offset % CLUSTER);
    }

    @Override
    public void decompress(long location, byte[] target) {
      throw new AssertionError("what is compressed is not kept");
    }
  }

  /** What is asked of the format. */
  static final class Writer extends MapWriter {
    final List<Placement> placed = new ArrayList<>();
    final List<Placement> abandoned = new ArrayList<>();
    final List<byte[]> streams = new ArrayList<>();

    /** Where the ranges that were zeroed or discarded end. */
    final List<Long> zeroedUpTo = new ArrayList<>();

    /** How many changed clusters waited for a flush at most. */
    int mostWaiting;

    boolean compressFails;
    boolean finishFails;

    /** Runs whenever it is looked up where a byte may be overwritten; locks are held then. */
    Runnable onLookUp = () -> {};

    /** Runs while a cluster is compressed, and after each flush was considered; without locks. */
    Runnable onTheWay = () -> {};

    private final Table table;

    /** Where the next cluster is placed. */
    long next = CLUSTER;

    private int waiting;

    Writer(Table table) {
      super("plain");
      this.table = table;
    }

    private void changed(long length) {
      waiting += Math.toIntExact(Math.ceilDiv(length, CLUSTER));
      mostWaiting = Math.max(mostWaiting, waiting);
    }

    @Override
    protected void prepare() {}

    @Override
    public long inPlace(long offset) {
      onLookUp.run();
      long place = table.places[(int) (offset / CLUSTER)];
      return place == 0 ? -1 : place + offset % CLUSTER;
    }

    @Override
    public Placement place(long offset, int clusters) {
      Placement placement = new Placement(next, clusters, false, true);
      next += (long) clusters * CLUSTER;
      placed.add(placement);
      return placement;
    }

    @Override
    public void link(long offset, long length, long clusterOffset, Placement placement) {
      for (long at = offset; at < offset + length; at += CLUSTER) {
        table.places[(int) (at / CLUSTER)] = placement.position() + at - clusterOffset;
      }
      changed(length);
    }

    @Override
    protected void requireCompressedClusters() {}

    @Override
    public int compress(byte[] cluster, byte[] stream) throws IOException {
      onTheWay.run();
      if (compressFails) {
        throw new IOException("made up");
      }
      System.arraycopy(cluster, 0, stream, 0, cluster.length);
      return cluster.length;
    }

    @Override
    public void linkCompressed(long offset, MemorySegment stream) {
      streams.add(stream.toArray(ValueLayout.JAVA_BYTE));
      changed(CLUSTER);
    }

    @Override
    public void abandon(Placement placement) {
      abandoned.add(placement);
    }

    @Override
    public boolean zero(long offset, long length) {
      zeroedUpTo.add(offset + length);
      changed(length);
      return true;
    }

    @Override
    public boolean discard(long offset, long length) {
      zeroedUpTo.add(offset + length);
      changed(length);
      return true;
    }

    @Override
    public void flush() {
      waiting = 0;
    }

    @Override
    public boolean wantsFlush() {
      onTheWay.run();
      return waiting > 0;
    }

    @Override
    public void finish() throws IOException {
      if (finishFails) {
        throw new IOException("made up");
      }
    }
  }
}
