package io.diskformat.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A storage that passes everything on to another one, and that subclasses change in a few methods.
 * It maps nothing, so that each read passes through {@link #readUnmapped}, and each write, {@link
 * #overwrite} too, through {@link #write}. Closing it closes the other one.
 */
public abstract class ForwardingStorage extends Storage {
  private final Storage storage;

  /** Creates a storage on another one. */
  protected ForwardingStorage(Storage storage) {
    this.storage = storage;
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
  public boolean isWritable() {
    return storage.isWritable();
  }

  @Override
  public long size() throws IOException {
    return storage.size();
  }

  @Override
  public boolean hasFixedSize() {
    return storage.hasFixedSize();
  }

  @Override
  public long positionInFile(long position) {
    return storage.positionInFile(position);
  }

  @Override
  public boolean isTransformed() {
    return storage.isTransformed();
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    return storage.allocatedSize();
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    storage.read(position, target);
  }

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    storage.write(position, source);
  }

  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    storage.zero(position, length, giveBack);
  }

  @Override
  public void reserve(long position, long length) throws IOException {
    storage.reserve(position, length);
  }

  @Override
  public void resize(long size) throws IOException {
    storage.resize(size);
  }

  @Override
  public void flush() throws IOException {
    storage.flush();
  }

  @Override
  public void flush(Enum<?> after) throws IOException {
    storage.flush(after);
  }

  @Override
  public long nextData(long position) throws IOException {
    return storage.nextData(position);
  }

  @Override
  public long nextHole(long position) throws IOException {
    return storage.nextHole(position);
  }

  @Override
  public void willRead(long position, long length) {
    storage.willRead(position, length);
  }

  @Override
  protected void release() throws IOException {
    storage.close();
  }
}
