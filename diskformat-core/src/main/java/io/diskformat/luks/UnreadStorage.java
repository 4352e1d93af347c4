package io.diskformat.luks;

import io.diskformat.storage.ReadOnlyStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** The data of an image that was opened for its metadata only: it has a size, and no bytes. */
final class UnreadStorage extends ReadOnlyStorage {
  private final Storage storage;
  private final long start;

  /**
   * Creates a storage.
   *
   * @param storage the image, which the new storage owns
   * @param start where its data begins, in bytes
   */
  UnreadStorage(Storage storage, long start) {
    this.storage = storage;
    this.start = start;
  }

  @Override
  public String name() {
    return storage.name();
  }

  @Override
  public Optional<Path> path() {
    return storage.path();
  }

  @Override
  public boolean isTransformed() {
    return true;
  }

  @Override
  public long size() throws IOException {
    return Math.max(0, storage.size() - start);
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    return storage.allocatedSize();
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) {
    throw new UnsupportedOperationException(name() + ": opened for its metadata only");
  }

  @Override
  protected void release() throws IOException {
    storage.close();
  }
}
