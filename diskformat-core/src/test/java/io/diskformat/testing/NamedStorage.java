package io.diskformat.testing;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A storage that goes by the path of a file, so that names can be resolved relative to it, and that
 * outlives the image that is closed.
 */
public final class NamedStorage extends Storage {
  private final Storage storage;
  private final @Nullable Path path;

  /**
   * Creates a storage on another one, which stays open when this is closed.
   *
   * @param path by which it goes, or null for none
   */
  public NamedStorage(Storage storage, @Nullable Path path) {
    this.storage = storage;
    this.path = path;
  }

  @Override
  public String name() {
    return storage.name();
  }

  @Override
  public Optional<Path> path() {
    return Optional.ofNullable(path);
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
  protected void release() {}
}
