package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The limit for a half allocated image: a plain mapping of a raw disk. A bit for each cluster says
 * whether it is copied or filled with zeroes.
 */
final class MappedHalfReader implements Reader {
  private static final long MASK = BenchmarkImages.CLUSTER - 1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapping;
  private final long[] allocated;

  MappedHalfReader(Path raw, long[] allocated) throws IOException {
    this.allocated = allocated;
    try (FileChannel file = FileChannel.open(raw, StandardOpenOption.READ)) {
      mapping = file.map(MapMode.READ_ONLY, 0, file.size(), arena);
    }
  }

  @Override
  public void read(long offset, MemorySegment target) {
    long length = target.byteSize();
    for (long done = 0; done < length; ) {
      long at = offset + done;
      long run = Math.min(MASK + 1 - (at & MASK), length - done);
      int cluster = (int) (at / BenchmarkImages.CLUSTER);
      if ((allocated[cluster >>> 6] >>> cluster & 1) != 0) {
        MemorySegment.copy(mapping, at, target, done, run);
      } else {
        target.asSlice(done, run).fill((byte) 0);
      }
      done += run;
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
