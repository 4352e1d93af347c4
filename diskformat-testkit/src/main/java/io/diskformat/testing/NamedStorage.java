package io.diskformat.testing;

import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A storage on another one that has the path of a file, relative to which names in an image are
 * resolved. The storage beneath stays open when an image closes this one.
 */
public final class NamedStorage extends ForwardingStorage {
  private final @Nullable Path path;

  /**
   * Creates a storage on another one, which stays open when this is closed.
   *
   * @param path the path that it has, or null for none
   */
  public NamedStorage(Storage storage, @Nullable Path path) {
    super(storage);
    this.path = path;
  }

  @Override
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  @Override
  protected void release() {}
}
