package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The bytes of a file, which are gone long before the storage has done closing. */
final class SlowlyClosingStorage extends Storage {
  final CountDownLatch unmapped = new CountDownLatch(1);
  final CountDownLatch mayEnd = new CountDownLatch(1);

  private final Path path;
  private final Arena arena = Arena.ofShared();

  SlowlyClosingStorage(Path path) throws IOException {
    this.path = path;
    byte[] bytes = Files.readAllBytes(path);
    MemorySegment segment = arena.allocate(bytes.length);
    segment.copyFrom(MemorySegment.ofArray(bytes));
    mapped(segment);
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public Optional<Path> path() {
    return Optional.of(path);
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public long size() {
    return mapped().byteSize();
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    throw beyondEnd(position, target.byteSize());
  }

  @Override
  public void write(long position, MemorySegment source) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void zero(long position, long length, boolean giveBack) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void reserve(long position, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resize(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() {}

  @Override
  protected void release() throws IOException {
    arena.close();
    unmapped.countDown();
    try {
      mayEnd.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
