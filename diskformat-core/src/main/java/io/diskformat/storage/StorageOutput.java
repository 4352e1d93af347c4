package io.diskformat.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A channel that writes a storage from its start on. For one thread at a time. Closing it leaves
 * the storage open.
 */
public final class StorageOutput implements WritableByteChannel {
  private final IoSupplier<Storage> opening;
  private @Nullable Storage storage;
  private long position;
  private boolean closed;

  /**
   * Creates a channel.
   *
   * @param opening called when something is written for the first time
   */
  public StorageOutput(IoSupplier<Storage> opening) {
    this.opening = opening;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (storage == null) {
      storage = opening.get();
    }
    int length = source.remaining();
    storage.write(position, MemorySegment.ofBuffer(source));
    source.position(source.limit());
    position += length;
    return length;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    closed = true;
  }
}
