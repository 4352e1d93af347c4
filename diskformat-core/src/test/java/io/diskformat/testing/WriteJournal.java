package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What another process told of its writing to a disk before it was killed, and so what the disk may
 * hold: a sector of which a write was acknowledged by a flush holds that or what was written to it
 * since; any other one what it held, or anything that was begun to be written to it.
 *
 * <p>A line is told before a change is begun and after it has returned, so that of two lines the
 * first one was true first. Each line is the number of a thread and what that did: {@code w value
 * offset length}, {@code z offset length} (zeroes), {@code d offset length} (discard), {@code f}
 * (flush), or {@code .} when it is done.
 */
final class WriteJournal {
  private static final int SECTOR = RandomContent.SECTOR;
  private static final int CHUNK = 1 << 20;
  private static final int NEVER = Integer.MAX_VALUE;

  /** A change that was begun. */
  private static final class Change {
    final char kind;
    final int value;
    final int first;
    final int end;
    final int begun;
    int returned = NEVER;

    Change(char kind, int value, long offset, long length, int begun) {
      this.kind = kind;
      this.value = value;
      this.first = Math.toIntExact(offset / SECTOR);
      this.end = Math.toIntExact((offset + length) / SECTOR);
      this.begun = begun;
    }
  }

  /** By sector, the value that it was last seen to have; 0 is zeroes. */
  private final int[] held;

  private final List<Change> changes = new ArrayList<>();

  /** By thread, what it has begun since something of it last returned. */
  private final Map<String, List<Change>> running = new HashMap<>();

  private int lines;
  private int lastAcknowledged = -1;

  /** Creates the journal of a disk, of which every sector is zeroes or {@link RandomContent}. */
  WriteJournal(BlockDevice disk) throws IOException {
    held = new int[Math.toIntExact(disk.size() / SECTOR)];
    look(disk, false);
  }

  /** Takes one line; returns whether it acknowledges a flush. */
  boolean note(String line) {
    String[] words = line.split(" ");
    int now = lines++;
    List<Change> current = running.computeIfAbsent(words[0], _ -> new ArrayList<>());
    char kind = words[1].charAt(0);
    boolean acknowledged = false;
    switch (kind) {
      case 'w' -> begin(current, kind, words, 2, now);
      case 'z', 'd' -> begin(current, kind, words, 1, now);
      case 'f' -> current.add(new Change(kind, 0, 0, 0, now));
      default -> {
        for (Change change : current) {
          change.returned = now;
          if (change.kind == 'f') {
            lastAcknowledged = Math.max(lastAcknowledged, change.begun);
            acknowledged = true;
          }
        }
        current.clear();
      }
    }
    return acknowledged;
  }

  private void begin(List<Change> current, char kind, String[] words, int valueEnd, int now) {
    int value = valueEnd == 2 ? Integer.parseInt(words[2]) : 0;
    long offset = Long.parseLong(words[valueEnd + 1]);
    long length = Long.parseLong(words[valueEnd + 2]);
    Change change = new Change(kind, value, offset, length, now);
    changes.add(change);
    current.add(change);
  }

  /**
   * Fails unless the disk holds what it may; what it holds is from then on what it held.
   *
   * @return how many sectors might have held this or that
   */
  int verify(BlockDevice disk) throws IOException {
    Map<Integer, Set<Integer>> possible = new HashMap<>();
    for (Change change : changes) {
      boolean durable = change.kind != 'd' && change.returned < lastAcknowledged;
      for (int sector = change.first; sector < change.end; sector++) {
        Set<Integer> values = possible.get(sector);
        if (values == null || durable) {
          values = new HashSet<>();
          possible.put(sector, values);
          if (!durable) {
            values.add(held[sector]);
          }
        }
        values.add(change.value);
      }
    }
    int[] before = held.clone();
    look(disk, true);
    int uncertain = 0;
    for (int sector = 0; sector < held.length; sector++) {
      Set<Integer> values = possible.getOrDefault(sector, Set.of(before[sector]));
      uncertain += values.size() > 1 ? 1 : 0;
      if (!values.contains(held[sector])) {
        throw new AssertionError(
            "sector %d holds %d, and may hold %s; 0 is zeroes, and -1 none of what was written to it"
                .formatted(sector, held[sector], values));
      }
    }
    changes.clear();
    running.clear();
    lines = 0;
    lastAcknowledged = -1;
    return uncertain;
  }

  /** Takes what each sector of the disk holds, -1 being nothing that makes sense. */
  private void look(BlockDevice disk, boolean tolerant) throws IOException {
    byte[] bytes = new byte[CHUNK];
    byte[] expected = new byte[SECTOR];
    for (int sector = 0; sector < held.length; sector += CHUNK / SECTOR) {
      int count = Math.min(CHUNK / SECTOR, held.length - sector);
      disk.read(
          (long) sector * SECTOR, MemorySegment.ofArray(bytes).asSlice(0, (long) count * SECTOR));
      for (int i = 0; i < count; i++) {
        int at = i * SECTOR;
        int value = Math.toIntExact(ByteBuffer.wrap(bytes).getLong(at) & 0x7fff_ffff);
        Arrays.fill(expected, (byte) 0);
        if (value != 0) {
          RandomContent.fillSector(value, sector + i, expected, 0);
        }
        boolean known = Arrays.equals(expected, 0, SECTOR, bytes, at, at + SECTOR);
        if (!known && !tolerant) {
          throw new IllegalArgumentException(
              "sector " + (sector + i) + " holds " + RandomContent.describe(bytes, at));
        }
        held[sector + i] = known ? value : -1;
      }
    }
  }
}
