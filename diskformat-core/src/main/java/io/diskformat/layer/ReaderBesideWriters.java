package io.diskformat.layer;

import io.diskformat.device.UnitLocks;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Reads a disk while other threads write it, without a lock: it takes the stamps of the clusters'
 * locks and the epoch, reads, and compares both again. ARCHITECTURE.md says why that suffices.
 */
final class ReaderBesideWriters {
  /** The number of attempts without a lock, after which the locks are taken. */
  private static final int OPTIMISTIC_ATTEMPTS = 8;

  private final LayerReader reader;
  private final WriteGate gate;
  private final MapWriter writer;

  ReaderBesideWriters(LayerReader reader, WriteGate gate, MapWriter writer) {
    this.reader = reader;
    this.gate = gate;
    this.writer = writer;
  }

  /**
   * Fills {@code target}. Reads again if meanwhile another thread wrote there, so that no sector is
   * seen half written; or if a place that was looked up may have been reused, because the bytes
   * read there may then belong to anything.
   */
  void read(long offset, MemorySegment target, long length) throws IOException {
    if (length == 0) {
      return;
    }
    long locks = gate.locksOf(offset, length);
    for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      long stamps = gate.stamps(locks);
      if (stamps == UnitLocks.BUSY) {
        Thread.onSpinWait();
        continue;
      }
      // If the disk has shrunk meanwhile, the device below must not show through there.
      Objects.checkFromIndexSize(offset, length, reader.size());
      long epoch = writer.epoch();
      try {
        reader.read(offset, target, length, epoch);
      } catch (IOException e) {
        if (writer.epoch() == epoch && gate.stamps(locks) == stamps) {
          throw e;
        }
        continue;
      }
      // The copies above must be complete before the epoch and the stamps are compared.
      VarHandle.acquireFence();
      if (writer.epoch() == epoch && gate.stamps(locks) == stamps) {
        return;
      }
    }
    gate.lockForReading(locks);
    try {
      Objects.checkFromIndexSize(offset, length, reader.size());
      reader.read(offset, target, length, writer.epoch());
    } finally {
      gate.unlockForReading(locks);
    }
  }
}
