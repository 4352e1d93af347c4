package io.diskformat.testing;

import io.diskformat.storage.CopyTarget;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.HostCopy;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A storage on another one that has the path of a file, relative to which names in an image are
 * resolved. The storage beneath stays open when an image closes this one.
 */
public final class NamedStorage extends ForwardingStorage implements CopyTarget {
  private final Storage storage;
  private final @Nullable Path path;

  /**
   * Creates a storage on another one, which stays open when this is closed.
   *
   * @param path the path that it has, or null for none
   */
  public NamedStorage(Storage storage, @Nullable Path path) {
    super(storage);
    this.storage = storage;
    this.path = path;
  }

  @Override
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  @Override
  public boolean canCopyFrom(Storage source) {
    return HostCopy.isPossible(source, storage);
  }

  @Override
  public long copyFrom(Storage source, long position, long targetPosition, long length)
      throws IOException {
    return HostCopy.run(source, position, storage, targetPosition, length);
  }

  @Override
  protected void release() {}
}
