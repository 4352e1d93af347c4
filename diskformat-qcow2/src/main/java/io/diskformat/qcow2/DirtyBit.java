package io.diskformat.qcow2;

import io.diskformat.table.Barriers;
import java.io.IOException;

/**
 * The dirty bit of the header: a writer that was cut off leaves it set, so that the next writer
 * counts references anew. It is set before the first change of a table reaches the file. Version 2
 * has no such bit: there, each writer counts.
 */
final class DirtyBit {
  private final HeaderFields fields;
  private final Barriers barriers;

  /** Whether clusters may be in use to which nothing refers, so that the next writer must count. */
  private boolean leaks;

  DirtyBit(HeaderFields fields, Barriers barriers) {
    this.fields = fields;
    this.barriers = barriers;
  }

  boolean isSet() {
    return fields.isSet(Qcow2Header.DIRTY);
  }

  /** Sets the bit, unless it is set, and makes that durable. */
  void set() throws IOException {
    if (fields.hasFeatures() && !isSet()) {
      fields.set(Qcow2Header.DIRTY, true);
      barriers.after(WriteStep.DIRTY_BIT);
    }
  }

  /**
   * Makes {@link #clear} leave the bit set, since clusters may be in use to which nothing refers.
   */
  void keep() {
    leaks = true;
  }

  /** Makes all that was written durable and then clears the bit. */
  void clear() throws IOException {
    if (!isSet()) {
      return;
    }
    barriers.after(WriteStep.CLOSE);
    if (!leaks) {
      // If this does not become durable, the next writer counts needlessly.
      fields.set(Qcow2Header.DIRTY, false);
    }
  }
}
