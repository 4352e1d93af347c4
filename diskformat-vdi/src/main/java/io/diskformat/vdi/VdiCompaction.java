package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.maintenance.Interruption;
import io.diskformat.maintenance.StoredContent;
import io.diskformat.storage.Storage;
import java.io.IOException;
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
  private final Storage storage;
  private final VdiHeader header;
  private final BlockMap map;
  private final VdiWriter writer;
  private final StoredContent content;
  private final ProgressListener listener;

  private VdiCompaction(Storage storage, @Nullable BlockDevice parent, ProgressListener listener)
      throws IOException {
    this.storage = storage;
    this.header = VdiHeader.read(storage);
    this.map = BlockMap.writable(storage, header);
    this.writer = new VdiWriter(storage, header, map);
    this.content = new StoredContent(storage, parent, header.blockSize());
    this.listener = listener;
  }

  /**
   * Compacts an image.
   *
   * @param parent what free blocks show; null if they show zeroes
   * @param listener gets how many bytes of the disk were looked at, and of the file moved
   * @throws io.diskformat.CorruptImageException if entries of the map contradict each other
   */
  static void run(Storage storage, @Nullable BlockDevice parent, ProgressListener listener)
      throws IOException {
    new VdiCompaction(storage, parent, listener).run();
  }

  private void run() throws IOException {
    // The bytes that move are added to the disk's, and are at most those that are stored.
    CappedProgress progress = new CappedProgress(listener, header.size() + writer.storedBytes());
    for (long block = 0; block < map.blocks(); block++) {
      Interruption.check();
      long entry = map.entry(block);
      if (BlockMap.isStored(entry)) {
        long offset = block * header.blockSize();
        long entryNow = compacted(offset, entry);
        if (entryNow != entry) {
          writer.forget(block, entryNow);
        }
        progress.upTo(offset);
      }
      writer.flushIfWanted();
    }
    progress.upTo(header.size());
    writer.moveTogether(progress::add);
    storage.flush();
    progress.end();
  }

  /** Returns what the map may have for a block instead, or {@code entry} if it must be stored. */
  private long compacted(long offset, long entry) throws IOException {
    long length = Math.min(header.blockSize(), header.size() - offset);
    return switch (content.need(offset, map.position(entry), length)) {
      case NOTHING -> BlockMap.FREE;
      case ZEROES -> BlockMap.ZERO;
      case STORED -> entry;
    };
  }
}
