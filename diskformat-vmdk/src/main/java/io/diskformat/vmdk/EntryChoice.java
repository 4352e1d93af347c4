package io.diskformat.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** Chooses between two entries of a grain, both of which can be right and which differ. */
final class EntryChoice {
  /** The most places that are distinguished, in at most 32 MiB; those beyond count as one. */
  private static final int MOST_SLOTS = 1 << 28;

  private final ExtentTables tables;

  /** Places that belong to a grain without doubt. */
  private final BitSet agreed = new BitSet();

  EntryChoice(ExtentTables tables) throws IOException {
    this.tables = tables;
    findAgreed();
  }

  /** Finds the places that both tables have for one and the same grain. */
  private void findAgreed() throws IOException {
    if (!tables.areTwo()) {
      return;
    }
    ExtentTables.Directory first = tables.directories().getFirst();
    ExtentTables.Directory redundant = tables.directories().getLast();
    for (int table = 0; table < tables.shape().tables(); table++) {
      if (first.has(table) && redundant.has(table)) {
        ByteBuffer entries = tables.entries(first, table);
        ByteBuffer others = tables.entries(redundant, table);
        while (entries.hasRemaining()) {
          int entry = entries.getInt();
          if (entry == others.getInt() && GrainMap.isStored(Integer.toUnsignedLong(entry))) {
            agreed.set(slot(Integer.toUnsignedLong(entry)));
          }
        }
      }
    }
  }

  /**
   * Returns the number of a place, among those to which grains are aligned in nearly all images.
   */
  private int slot(long entry) {
    long slot = (entry << ExtentLine.SECTOR_BITS) / tables.shape().grain();
    return (int) Math.min(slot, MOST_SLOTS);
  }

  /** Returns whether, of two entries that can be right, the redundant one is to be taken. */
  boolean isBetter(long redundant, long first) {
    if (GrainMap.isStored(first)) {
      return GrainMap.isStored(redundant) && isTaken(first) && !isTaken(redundant);
    }
    return first == GrainMap.NONE && !(GrainMap.isStored(redundant) && isTaken(redundant));
  }

  /** Returns whether a place is another grain's without doubt. */
  private boolean isTaken(long entry) {
    long last = entry + (tables.shape().grain() >>> ExtentLine.SECTOR_BITS) - 1;
    return agreed.get(slot(entry)) || agreed.get(slot(last));
  }
}
