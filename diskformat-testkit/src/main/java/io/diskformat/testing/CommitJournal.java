package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What an image may hold to which another process commits the image above: after a commit what that
 * one held, as far as it reaches; during one, each sector that or what it held before.
 */
final class CommitJournal {
  private static final int SECTOR = RandomContent.SECTOR;

  private final WriteJournal above;
  private PossibleValues possible;
  private long size;
  private final int sectors;

  /** What is being committed; null if nothing is. */
  private @Nullable PossibleValues committing;

  /**
   * Creates the journal of an image below another one.
   *
   * @param above the journal of the image above, which gets each line after this one
   * @param largestSize of both disks, in bytes
   */
  CommitJournal(BlockDevice disk, WriteJournal above, long largestSize) throws IOException {
    this.above = above;
    this.sectors = Math.toIntExact(largestSize / SECTOR);
    this.possible = new PossibleValues(SectorValues.sensible(disk, sectors));
    this.size = disk.size();
  }

  /** Takes one line of a process with one thread. */
  void note(String line) {
    if (line.endsWith(" s commit")) {
      committing = above.possible();
    } else if (line.endsWith(" .") && committing != null) {
      possible.setAll(committing, Math.toIntExact(above.size() / SECTOR));
      size = Math.max(size, above.size());
      committing = null;
    }
  }

  /**
   * Fails unless the disk holds what it may; to be called before the journal of the image above is
   * verified.
   */
  int verify(BlockDevice disk) throws IOException {
    long found = disk.size();
    if (committing != null) {
      possible.addUnderWay(committing, Math.toIntExact(above.size() / SECTOR));
    }
    if (found != size && !(committing != null && found == Math.max(size, above.size()))) {
      throw new AssertionError("the disk below has %d bytes, instead of %d".formatted(found, size));
    }
    int[] held = SectorValues.of(disk, sectors);
    int uncertain = possible.verify(disk, held);
    possible = new PossibleValues(held);
    size = found;
    committing = null;
    return uncertain;
  }
}
