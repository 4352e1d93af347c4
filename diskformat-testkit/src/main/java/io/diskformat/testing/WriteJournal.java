package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What another process reported of its writes to a disk before it was killed, and so what the disk
 * may hold: a sector whose write a flush acknowledged holds that or what was written to it since;
 * any other one what it held, or anything whose writing was begun; and one that was being written
 * some bytes of each.
 *
 * <p>The process writes a line before it begins a change and after that has returned, so that of
 * two lines the first one was true first. Each line is the number of a thread and what it did:
 * {@code w value offset length}, {@code z offset length} (zeroes), {@code d offset length}
 * (discard), {@code f} (flush), {@code r size} (resize), {@code s name} (a step that changes
 * nothing of the disk, and after which all that was is durable), {@code p} (progress, of which
 * nothing follows), {@code .} when it is done, or {@code !} when a resize was refused. Nothing else
 * is done beside a resize.
 */
final class WriteJournal {
  private static final int SECTOR = RandomContent.SECTOR;
  private static final int NEVER = Integer.MAX_VALUE;

  /** A change that was begun. */
  private static final class Change {
    final char kind;
    final int value;
    final int first;
    final int end;
    final int begun;
    int returned = NEVER;

    Change(char kind, int value, long offset, long end, int begun) {
      this.kind = kind;
      this.value = value;
      this.first = Math.toIntExact(offset / SECTOR);
      this.end = Math.toIntExact(end / SECTOR);
      this.begun = begun;
    }

    /** Returns whether all that returned before this is durable once this has returned. */
    boolean acknowledges() {
      return kind == 'f' || kind == 'r' || kind == 's';
    }
  }

  /** By sector, what it was last seen to hold; what is beyond the disk is zeroes. */
  private int[] held;

  private long size;

  /** What the disk is being resized to, or its size. */
  private long nextSize;

  /** What the disk was made to hold at once, or null for what it was last seen to hold. */
  private @Nullable PossibleValues replaced;

  private final List<Change> changes = new ArrayList<>();

  /** By thread, what it has begun since something of it last returned. */
  private final Map<String, List<Change>> running = new HashMap<>();

  private int lines;
  private int lastAcknowledged = -1;

  /** Creates the journal of a disk, of which every sector is zeroes or {@link RandomContent}. */
  WriteJournal(BlockDevice disk) throws IOException {
    this(disk, disk.size());
  }

  /** Creates the journal of a disk that is resized, to {@code largestSize} bytes at most. */
  WriteJournal(BlockDevice disk, long largestSize) throws IOException {
    held = SectorValues.sensible(disk, Math.toIntExact(largestSize / SECTOR));
    size = disk.size();
    nextSize = size;
  }

  /** Returns how large the disk is, in bytes, as long as it is not being resized. */
  long size() {
    return size;
  }

  /**
   * Takes one line; returns whether it acknowledges a flush, or another step that makes all
   * durable.
   */
  boolean note(String line) {
    String[] words = line.split(" ");
    int now = lines++;
    List<Change> current = running.computeIfAbsent(words[0], _ -> new ArrayList<>());
    char kind = words[1].charAt(0);
    boolean acknowledged = false;
    switch (kind) {
      case 'w' -> begin(current, kind, words, 2, now);
      case 'z', 'd' -> begin(current, kind, words, 1, now);
      case 'f', 's' -> current.add(new Change(kind, 0, 0, 0, now));
      case 'r' -> {
        nextSize = Long.parseLong(words[2]);
        Change cut = new Change(kind, 0, nextSize, Math.max(size, nextSize), now);
        changes.add(cut);
        current.add(cut);
      }
      case 'p' -> {}
      case '!' -> {
        nextSize = size;
        current.clear();
      }
      default -> {
        for (Change change : current) {
          change.returned = now;
          if (change.acknowledges()) {
            lastAcknowledged = Math.max(lastAcknowledged, change.begun);
            acknowledged = true;
          }
        }
        size = nextSize;
        current.clear();
      }
    }
    return acknowledged;
  }

  private void begin(List<Change> current, char kind, String[] words, int valueEnd, int now) {
    int value = valueEnd == 2 ? Integer.parseInt(words[2]) : 0;
    long offset = Long.parseLong(words[valueEnd + 1]);
    long length = Long.parseLong(words[valueEnd + 2]);
    Change change = new Change(kind, value, offset, offset + length, now);
    changes.add(change);
    current.add(change);
  }

  /** Returns what the disk may hold if the process is killed now. */
  PossibleValues possible() {
    PossibleValues possible = new PossibleValues(held);
    if (replaced != null) {
      possible.setAll(replaced, held.length);
    }
    for (Change change : changes) {
      boolean settled =
          change.returned < lastAcknowledged || (change.kind == 'r' && change.returned < NEVER);
      boolean durable = change.kind != 'd' && settled;
      for (int sector = change.first; sector < change.end; sector++) {
        if (durable) {
          possible.set(sector, change.value);
        } else if (change.returned < NEVER) {
          possible.add(sector, change.value);
        } else {
          possible.addUnderWay(sector, change.value);
        }
      }
    }
    return possible;
  }

  /**
   * Notes that the disk was made to hold something else, as a whole and durably; all that was begun
   * has returned.
   */
  void replace(PossibleValues values) {
    replaced = values;
    changes.clear();
  }

  /**
   * Fails unless the disk holds what it may; what it holds is from then on what it held.
   *
   * @return the number of sectors that might have held one of several values
   */
  int verify(BlockDevice disk) throws IOException {
    return verify(disk, null);
  }

  /**
   * As the shorter method.
   *
   * @param instead what the disk may hold as a whole instead, or null
   */
  int verify(BlockDevice disk, @Nullable PossibleValues instead) throws IOException {
    long found = disk.size();
    if (found != size && found != nextSize) {
      throw new AssertionError(
          "the disk has %d bytes, and may have %d or %d".formatted(found, size, nextSize));
    }
    PossibleValues possible = possible();
    held = SectorValues.of(disk, held.length);
    int uncertain =
        instead != null && instead.are(held)
            ? instead.verify(disk, held)
            : possible.verify(disk, held);
    replaced = null;
    size = found;
    nextSize = found;
    changes.clear();
    running.clear();
    lines = 0;
    lastAcknowledged = -1;
    return uncertain;
  }
}
