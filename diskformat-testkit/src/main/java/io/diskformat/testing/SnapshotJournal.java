package io.diskformat.testing;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots an image may have that another process takes, goes back to and deletes, and what
 * they may hold. Its lines are {@code s snapshot NAME}, {@code s apply NAME} and {@code s delete
 * NAME}. Whatever was begun when the process was killed has happened, as a whole, or has not.
 */
final class SnapshotJournal {
  private final WriteJournal disk;
  private final int sectors;
  private final Map<String, PossibleValues> taken = new HashMap<>();

  /** What was begun, and the snapshot that it is about; both empty if nothing was. */
  private String begun = "";

  private String name = "";

  /** What the snapshot holds that is being taken. */
  private @Nullable PossibleValues taking;

  /**
   * Creates the journal of an image.
   *
   * @param disk the journal of its disk, which gets each line after this one
   */
  SnapshotJournal(DiskImage image, WriteJournal disk, long largestSize) throws IOException {
    this.disk = disk;
    this.sectors = Math.toIntExact(largestSize / RandomContent.SECTOR);
    for (Snapshot each : image.info().snapshots()) {
      try (BlockDevice snapshot = image.openSnapshot(each.name())) {
        taken.put(each.name(), new PossibleValues(SectorValues.of(snapshot, sectors)));
      }
    }
  }

  /** Takes one line of a process with one thread. */
  void note(String line) {
    List<String> words = Splitter.on(' ').splitToList(line);
    String kind = words.size() == 4 ? words.get(2) : "";
    if (words.get(1).equals("s") && Set.of("snapshot", "apply", "delete").contains(kind)) {
      begun = kind;
      name = words.get(3);
      taking = kind.equals("snapshot") ? disk.possible() : null;
    } else if (words.get(1).equals(".")) {
      finish();
    } else if (words.get(1).equals("!")) {
      begun = "";
    }
  }

  private void finish() {
    PossibleValues values = begun.equals("snapshot") ? taking : taken.get(name);
    switch (begun) {
      case "snapshot" -> taken.put(name, of(values));
      case "apply" -> disk.replace(of(values));
      case "delete" -> taken.remove(name);
      default -> {}
    }
    begun = "";
  }

  private static PossibleValues of(@Nullable PossibleValues values) {
    return requireNonNull(values, "a snapshot that was never taken");
  }

  /** Fails unless the disk holds what it may, and the image has the snapshots that it may. */
  void verify(DiskImage image) throws IOException {
    var _ = disk.verify(image, begun.equals("apply") ? taken.get(name) : null);
    Set<String> found =
        image.info().snapshots().stream().map(Snapshot::name).collect(Collectors.toSet());
    boolean there = found.contains(name);
    if (begun.equals("snapshot") && there) {
      taken.put(name, of(taking));
    } else if (begun.equals("delete") && !there) {
      taken.remove(name);
    }
    begun = "";
    assertTrue(
        found.equals(taken.keySet()), () -> "snapshots " + found + ", not " + taken.keySet());
    for (String each : found) {
      try (BlockDevice snapshot = image.openSnapshot(each)) {
        int[] values = SectorValues.of(snapshot, sectors);
        var _ = of(taken.get(each)).verify(snapshot, values);
        taken.put(each, new PossibleValues(values));
      }
    }
  }
}
