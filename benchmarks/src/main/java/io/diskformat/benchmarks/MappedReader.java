package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The limit: copies from a plain mapping of a raw disk, with no check but the mapping's own. */
final class MappedReader implements Reader {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapping;

  MappedReader(Path raw) throws IOException {
    try (FileChannel file = FileChannel.open(raw, StandardOpenOption.READ)) {
      mapping = file.map(MapMode.READ_ONLY, 0, file.size(), arena);
    }
  }

  @Override
  public void read(long offset, MemorySegment target) {
    MemorySegment.copy(mapping, offset, target, 0, target.byteSize());
  }

  @Override
  public void close() {
    arena.close();
  }
}
