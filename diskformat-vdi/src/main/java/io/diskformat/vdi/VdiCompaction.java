package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Makes an image's file as small as it can be: forgets blocks that hold only zeroes, or what the
 * parent has as well; then the writer moves the others together, as it does whenever it ends.
 *
 * <p>A place is put to another use only once it is durable that no entry names it. So at each
 * instant the disk holds what it held, and the worst that is left behind are blocks without an
 * owner.
 */
final class VdiCompaction {
  private static final int PIECE = 1 << 20;

  private final Storage storage;
  private final VdiHeader header;
  private final BlockMap map;
  private final VdiWriter writer;
  private final @Nullable BlockDevice parent;
  private final ProgressListener listener;
  private final MemorySegment zeroes;
  private final MemorySegment stored;
  private final MemorySegment below;

  private VdiCompaction(Storage storage, @Nullable BlockDevice parent, ProgressListener listener)
      throws IOException {
    this.storage = storage;
    this.header = VdiHeader.read(storage);
    this.map = BlockMap.writable(storage, header);
    this.writer = new VdiWriter(storage, header, map);
    this.parent = parent;
    this.listener = listener;
    int piece = (int) Math.min(PIECE, header.blockSize());
    this.zeroes = MemorySegment.ofArray(new byte[piece]);
    this.stored = MemorySegment.ofArray(new byte[piece]);
    this.below = MemorySegment.ofArray(new byte[piece]);
  }

  /**
   * Compacts an image.
   *
   * @param parent what free blocks show; null if they show zeroes
   * @param listener told how many bytes of the disk were looked at, and of the file moved
   * @throws io.diskformat.CorruptImageException if entries of the map contradict each other
   */
  static void run(Storage storage, @Nullable BlockDevice parent, ProgressListener listener)
      throws IOException {
    new VdiCompaction(storage, parent, listener).run();
  }

  private void run() throws IOException {
    // To which what moves is added; not more than is stored.
    long most = header.size() + writer.storedBytes();
    for (long block = 0; block < map.blocks(); block++) {
      checkNotInterrupted();
      long entry = map.entry(block);
      if (entry < BlockMap.ZERO) {
        long offset = block * header.blockSize();
        long entryNow = compacted(offset, entry);
        if (entryNow != entry) {
          writer.forget(block, entryNow);
        }
        listener.progress(offset, most);
      }
      if (writer.wantsFlush()) {
        writer.flush();
      }
    }
    long[] done = {header.size()};
    writer.moveTogether(bytes -> {
      checkNotInterrupted();
      done[0] = Math.min(done[0] + bytes, most - 1);
      listener.progress(done[0], most);
    });
    storage.flush();
    listener.progress(most, most);
  }

  private static void checkNotInterrupted() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while it was under way");
    }
  }

  /** Returns what the map may have for a block instead, or {@code entry} if it must be stored. */
  private long compacted(long offset, long entry) throws IOException {
    boolean zero = true;
    boolean asBelow = parent != null;
    long length = Math.min(header.blockSize(), header.size() - offset);
    for (long from = 0; from < length && (zero || asBelow); from += zeroes.byteSize()) {
      long part = Math.min(zeroes.byteSize(), length - from);
      readStored(map.position(entry) + from, part);
      zero = zero && same(zeroes, part);
      asBelow = asBelow && sameBelow(offset + from, part);
    }
    if (asBelow || (zero && parent == null)) {
      return BlockMap.FREE;
    }
    return zero ? BlockMap.ZERO : entry;
  }

  private void readStored(long position, long length) throws IOException {
    long available = Math.clamp(storage.size() - position, 0, length);
    storage.read(position, stored.asSlice(0, available));
    stored.asSlice(available, length - available).fill((byte) 0);
  }

  private boolean sameBelow(long offset, long length) throws IOException {
    BlockDevice device = parent;
    if (device == null) {
      return false;
    }
    long available = Math.clamp(device.size() - offset, 0, length);
    if (available > 0) {
      device.read(offset, below.asSlice(0, available));
    }
    below.asSlice(available, length - available).fill((byte) 0);
    return same(below, length);
  }

  private boolean same(MemorySegment other, long length) {
    return MemorySegment.mismatch(stored, 0, length, other, 0, length) < 0;
  }
}
