package io.diskformat.iso.build;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes a storage from its beginning. */
final class StorageChannel implements WritableByteChannel {
  private final Storage storage;
  private long position;

  StorageChannel(Storage storage) {
    this.storage = storage;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int length = source.remaining();
    storage.write(position, MemorySegment.ofBuffer(source));
    position += length;
    source.position(source.limit());
    return length;
  }

  @Override
  public boolean isOpen() {
    return !storage.isClosed();
  }

  /** The storage stays its owner's. */
  @Override
  public void close() {}
}
