package io.diskformat.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** Where a thread reads next, the same for every reader, and what it reads into. */
@State(Scope.Thread)
public class Positions {
  private final MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 4096);
  final MemorySegment target4k = buffer.asSlice(0, 4 << 10);
  final MemorySegment target64k = buffer.asSlice(0, 64 << 10);
  final MemorySegment target1m = buffer;

  private long random;
  private long next;
  private int thread;
  private int threads;

  /** Starts each thread elsewhere. */
  @Setup
  public void start(ThreadParams params) {
    thread = params.getThreadIndex();
    threads = params.getThreadCount();
    random = 0x9e3779b97f4a7c15L * (thread + 1);
    next = -1;
  }

  /** Returns a random multiple of the target's size below {@code size}; both are powers of two. */
  long random(long size, MemorySegment target) {
    random = random * 6364136223846793005L + 1442695040888963407L;
    // The upper bits are the random ones.
    return (random >>> 16) & (size - 1) & -target.byteSize();
  }

  /** Returns where the last read ended, or the start once the end is reached. */
  long sequential(long size, MemorySegment target) {
    long offset = next < 0 ? size / threads * thread & -target.byteSize() : next;
    next = offset + target.byteSize() & size - 1;
    return offset;
  }
}
