package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A format without counts that has its table twice, the second one for when the first is damaged:
 * each has a word for each cluster of the disk, where that is stored.
 */
final class TwoTables extends TableWriter {
  static final int CLUSTER = 4096;
  private static final int TABLE = 4096;
  private static final int SECOND_TABLE = 8192;
  private static final int DATA = 16384;

  enum Barrier {
    BEGUN,
    DATA,
    SECOND_TABLE,
    TABLE,
    ENDED
  }

  private final Storage data;
  private final MetadataPages pages;
  private final FreedSpace freed;
  private final FileEnd end;
  final List<Long> free = new ArrayList<>();

  TwoTables(Storage storage, Storage data) throws IOException {
    super(
        storage,
        data,
        CLUSTER,
        Barrier.DATA,
        List.of(new Step(Barrier.SECOND_TABLE, 1), new Step(Barrier.TABLE, 2)));
    this.data = data;
    this.pages = new MetadataPages(storage, CLUSTER);
    this.freed = new FreedSpace(data, CLUSTER, 2);
    data.resize(Math.max(DATA, data.size()));
    storage.resize(Math.max(DATA, storage.size()));
    this.end = new FileEnd(data, false);
  }

  long entry(int cluster) throws IOException {
    return pages.read(TABLE + 8L * cluster);
  }

  private void set(long offset, long position) throws IOException {
    pages.write(SECOND_TABLE + offset / CLUSTER * 8, position, 1);
    pages.write(TABLE + offset / CLUSTER * 8, position, 2);
  }

  @Override
  protected MetadataPages pages() {
    return pages;
  }

  @Override
  protected FreedSpace freed() {
    return freed;
  }

  @Override
  protected void prepare() throws IOException {
    barriers().after(Barrier.BEGUN);
  }

  @Override
  public long inPlace(long offset) throws IOException {
    long position = entry((int) (offset / CLUSTER));
    return position == 0 ? -1 : position + offset % CLUSTER;
  }

  @Override
  public Placement place(long offset, int clusters) throws IOException {
    if (!free.isEmpty()) {
      long position = free.removeFirst();
      end.useZeroed(position, position + CLUSTER);
      return new Placement(position, 1, true, true);
    }
    long position = end.used();
    end.useZeroed(position, position + (long) clusters * CLUSTER);
    return new Placement(position, clusters, true, true);
  }

  @Override
  protected void abandon(long position, int clusters) {
    for (int i = 0; i < clusters; i++) {
      free.add(position + (long) i * CLUSTER);
    }
  }

  @Override
  protected void hold(long start, long end) throws IOException {
    pages.hold(SECOND_TABLE, 1);
    pages.hold(TABLE, 2);
  }

  @Override
  protected void linkCluster(long offset, long start, long end, long position) throws IOException {
    set(offset, position);
  }

  @Override
  public boolean zero(long offset, long length) {
    return false;
  }

  @Override
  public boolean discard(long offset, long length) throws IOException {
    for (long at = offset; at < offset + length; at += CLUSTER) {
      freed.add(entry((int) (at / CLUSTER)));
      set(at, 0);
    }
    return true;
  }

  @Override
  protected void settleFreed() throws IOException {
    freed.settle(free::add);
  }

  @Override
  public void finish() throws IOException {
    flush();
    end.trim();
    barriers().after(Barrier.ENDED);
  }

  /** Writes a cluster of the disk. */
  void write(long offset, int clusters, MemorySegment source) throws IOException {
    beforeChange();
    Placement placement = place(offset, clusters);
    data.write(placement.position(), source);
    link(offset, CLUSTER, offset, placement);
  }
}
