package io.diskformat.maintenance;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file with changes that are kept in memory and never made: for a dry run of a repair. Unchanged
 * bytes are read from the file, which stays open when this is closed. The memory is that of the
 * changed pages.
 */
public final class TrialStorage extends Storage {
  /** The size of a page, in bytes. */
  private static final int PAGE = 4096;

  private final Storage file;
  private final Map<Long, byte[]> pages = new HashMap<>();

  /** The position up to which unchanged bytes are the file's. */
  private long kept;

  private long size;

  /**
   * Creates a storage in which nothing is changed yet.
   *
   * @param file it is only read
   * @throws IOException if its size cannot be found out
   */
  public TrialStorage(Storage file) throws IOException {
    this.file = file;
    this.size = file.size();
    this.kept = size;
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public Optional<Path> path() {
    return file.path();
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public synchronized long size() {
    return size;
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    return file.allocatedSize();
  }

  @Override
  protected synchronized void readUnmapped(long position, MemorySegment target) throws IOException {
    if (checkRange(position, target.byteSize()) > size) {
      throw beyondEnd(position, target.byteSize());
    }
    eachPage(
        position,
        target.byteSize(),
        (page, within, from, length) -> {
          byte[] changed = pages.get(page);
          MemorySegment part = target.asSlice(from, length);
          if (changed == null) {
            PaddedCopy.read(file::read, kept, page * PAGE + within, part);
          } else {
            part.copyFrom(MemorySegment.ofArray(changed).asSlice(within, length));
          }
        });
  }

  @Override
  public synchronized void write(long position, MemorySegment source) throws IOException {
    long end = checkRange(position, source.byteSize());
    eachPage(
        position,
        source.byteSize(),
        (page, within, from, length) ->
            MemorySegment.ofArray(changed(page))
                .asSlice(within, length)
                .copyFrom(source.asSlice(from, length)));
    size = Math.max(size, end);
  }

  private byte[] changed(long page) throws IOException {
    byte[] changed = pages.get(page);
    if (changed == null) {
      changed = new byte[PAGE];
      PaddedCopy.read(file::read, kept, page * PAGE, MemorySegment.ofArray(changed));
      pages.put(page, changed);
    }
    return changed;
  }

  /** Receives the part of a range that is in a page. */
  @FunctionalInterface
  private interface PageVisitor {
    void part(long page, int within, long from, int length) throws IOException;
  }

  private static void eachPage(long position, long length, PageVisitor visitor) throws IOException {
    for (long done = 0; done < length; ) {
      long at = position + done;
      int within = (int) (at % PAGE);
      int part = (int) Math.min(PAGE - within, length - done);
      visitor.part(at / PAGE, within, done, part);
      done += part;
    }
  }

  @Override
  public synchronized void zero(long position, long length, boolean giveBack) throws IOException {
    long end = Math.min(checkRange(position, length), size);
    eachPage(
        position,
        Math.max(0, end - position),
        (page, within, from, part) ->
            MemorySegment.ofArray(changed(page)).asSlice(within, part).fill((byte) 0));
  }

  @Override
  public synchronized void reserve(long position, long length) {
    size = Math.max(size, checkRange(position, length));
  }

  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkRange(newSize, 0);
    if (newSize < size) {
      zero(newSize, Math.min(PAGE - newSize % PAGE, size - newSize), true);
      pages.keySet().removeIf(page -> page * PAGE >= newSize);
      kept = Math.min(kept, newSize);
    }
    size = newSize;
  }

  @Override
  public void flush() {}

  @Override
  protected void release() {}
}
