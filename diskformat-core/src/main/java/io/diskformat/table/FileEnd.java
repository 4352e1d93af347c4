package io.diskformat.table;

import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * The end of the used part of a file, at which an allocator allocates. The rest of the file reads
 * as zeroes, with the host's space reserved ahead of use, and is cut off if it is never used. Not
 * thread-safe: the allocator's lock guards it.
 */
public final class FileEnd {
  private final Storage storage;
  private final SpaceAhead space;
  private boolean sparse;
  private long used;

  /**
   * Creates an object for a file all of which may be in use.
   *
   * @param storage the file
   * @param sparse whether space that is added to the file is not reserved on the host before it is
   *     written
   * @throws IOException if the file's size cannot be determined
   */
  public FileEnd(Storage storage, boolean sparse) throws IOException {
    this.storage = storage;
    this.space = new SpaceAhead(storage);
    this.sparse = sparse;
    this.used = storage.size();
  }

  /** Returns the position at which the used part of the file ends. */
  public long used() {
    return used;
  }

  /** Sets whether space that is added to the file is not reserved before it is written. */
  public void setSparse(boolean sparse) {
    this.sparse = sparse;
  }

  /** Marks everything before a position as used. */
  public void use(long end) {
    used = Math.max(used, end);
  }

  /**
   * Reserves the host's space for a range that is about to be used, and for more after it if the
   * range is at the end of the file.
   *
   * @param start the position of the range, in bytes
   * @param end the position at which it ends
   * @throws IOException if the host has no space
   */
  public void reserve(long start, long end) throws IOException {
    try (Span span = Events.allocation(storage.name(), end - start)) {
      find(start, end);
      span.succeeded();
    }
  }

  private void find(long start, long end) throws IOException {
    if (sparse) {
      if (end > space.end()) {
        storage.resize(end);
        space.moved(end);
      }
    } else if (start < used) {
      // Its space may have been given back to the host, or never have been reserved.
      storage.reserve(start, end - start);
    } else {
      space.reach(start, end);
    }
  }

  /**
   * Marks a range as used and makes it read as zeroes, whatever it held before.
   *
   * @param start the position of the range, in bytes
   * @param end the position at which it ends
   * @throws IOException if the host has no space
   */
  public void useZeroed(long start, long end) throws IOException {
    if (end > used) {
      reserve(Math.max(start, used), end);
    }
    if (start < used) {
      // This reserves the host's space as well.
      storage.zero(start, Math.min(end, used) - start, false);
    }
    use(end);
  }

  /**
   * Cuts off the unused part of the file.
   *
   * @throws IOException if the file cannot be cut off
   */
  public void trim() throws IOException {
    trim(used);
  }

  /**
   * Cuts off the file at a position, beyond which nothing is in use.
   *
   * @throws IOException if the file cannot be cut off
   */
  public void trim(long end) throws IOException {
    used = Math.min(used, end);
    long size = Math.min(storage.size(), used);
    if (size < storage.size()) {
      storage.resize(size);
    }
    space.moved(Math.min(space.end(), size));
  }

  /**
   * Continues after the file was changed by other means: all of it may be in use.
   *
   * @throws IOException if the file's size cannot be determined
   */
  public void moved() throws IOException {
    used = storage.size();
    space.moved(used);
  }
}
