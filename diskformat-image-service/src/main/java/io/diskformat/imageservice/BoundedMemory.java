package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A storage in memory, which is refused to become larger than a service can afford. */
final class BoundedMemory extends ForwardingStorage {
  private final long most;

  /**
   * Creates an empty one.
   *
   * @param name of what is in it, for messages
   * @param most how large it may become, in bytes
   */
  BoundedMemory(String name, long most) {
    super(new MemoryStorage(name));
    this.most = most;
  }

  private void check(long position, long length) throws ImageServiceException {
    if (length > most - position) {
      throw new ImageServiceException(
          Problem.TOO_LARGE, "More than " + most + " bytes of memory are needed for " + name());
    }
  }

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    check(position, source.byteSize());
    super.write(position, source);
  }

  @Override
  public void reserve(long position, long length) throws IOException {
    check(position, length);
    super.reserve(position, length);
  }

  @Override
  public void resize(long size) throws IOException {
    check(0, size);
    super.resize(size);
  }
}
