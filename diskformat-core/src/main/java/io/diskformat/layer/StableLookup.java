package io.diskformat.layer;

import io.diskformat.storage.Faults;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/** Looks something up in the tables of a layer that may be written meanwhile. */
final class StableLookup {
  private final LayerReader reader;
  private final LongSupplier epoch;

  /**
   * Creates lookups.
   *
   * @param epoch a number that changes when a place that was looked up may have been reused
   */
  StableLookup(LayerReader reader, LongSupplier epoch) {
    this.reader = reader;
    this.epoch = epoch;
  }

  /** Looks up a byte of the disk, within {@link Faults}' protocol. */
  @FunctionalInterface
  interface Lookup<T> {
    T at(long offset) throws IOException;
  }

  /** Looks a byte up, again if the bytes that were read may not have been a table. */
  <T> T at(long offset, Lookup<T> lookup) throws IOException {
    while (true) {
      long before = epoch.getAsLong();
      try {
        T found = once(offset, lookup);
        VarHandle.acquireFence();
        if (epoch.getAsLong() == before) {
          return found;
        }
      } catch (IOException e) {
        if (epoch.getAsLong() == before) {
          throw e;
        }
      }
    }
  }

  private <T> T once(long offset, Lookup<T> lookup) throws IOException {
    try {
      try {
        return lookup.at(offset);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw reader.failure(e, "looking up the disk at " + offset);
    }
  }
}
