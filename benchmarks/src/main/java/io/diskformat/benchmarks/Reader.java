package io.diskformat.benchmarks;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Reads a disk for a benchmark: by the library, or by what it is compared with. */
interface Reader extends Closeable {

  /** Fills {@code target} with the bytes of the disk from {@code offset} on. */
  void read(long offset, MemorySegment target) throws IOException;

  @Override
  void close() throws IOException;

  /** Reads the whole disk, 1 MiB at a time. */
  default void readAll(long size) throws IOException {
    MemorySegment target = Arena.ofAuto().allocate(Math.min(size, 1 << 20), 4096);
    for (long offset = 0; offset < size; offset += target.byteSize()) {
      read(offset, target);
    }
  }

  /** Returns a reader that uses the library. */
  static Reader ofImage(Path path, String format) throws IOException {
    return new ImageReader(DiskImages.open(path, OpenOptions.readOnly().format(format)));
  }

  /** Reads by the library. */
  record ImageReader(DiskImage image) implements Reader {
    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      image.read(offset, target);
    }

    @Override
    public void close() throws IOException {
      image.close();
    }
  }
}
