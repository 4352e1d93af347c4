package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;

/**
 * What a disk must hold: a test changes a device through a model, which notes the changes and can
 * then verify a device. Works in sectors of 512 bytes, each of which {@link RandomContent}
 * identifies. For disks of up to some tens of MiB.
 *
 * <p>After a crash ({@link #after}) a sector must hold what it held when the last flush that
 * returned was begun, or anything that was written to it since.
 *
 * <p>Changes may be made by several threads at once, if they are of different sectors.
 */
public final class DiskModel {
  private static final int SECTOR = RandomContent.SECTOR;
  private static final int CHUNK = 1 << 18;
  private static final int NEVER = Integer.MAX_VALUE;

  private enum Kind {
    WRITE,
    DISCARD,
    FLUSH
  }

  /** A change of the device. */
  private static final class Change {
    final Kind kind;
    final int first;
    final int end;

    /** What the sectors held afterwards: the number of the write, 0 for zeroes. */
    final int value;

    /**
     * When it began and when it returned: by the clock of the storage, and by the order of changes.
     */
    final int begun;

    final int sequenceBegun;
    int returned = NEVER;
    int sequenceReturned = NEVER;

    Change(Kind kind, long offset, long length, int value, int begun, int sequenceBegun) {
      this.kind = kind;
      this.first = Math.toIntExact(offset / SECTOR);
      this.end = Math.toIntExact((offset + length) / SECTOR);
      this.value = value;
      this.begun = begun;
      this.sequenceBegun = sequenceBegun;
    }
  }

  private final int sectors;
  private final IntSupplier clock;
  private final List<Change> changes = new ArrayList<>();
  private int sequence;
  private int values;

  /** Creates the model of a disk of zeroes, for a test without crashes. */
  public DiskModel(long size) {
    this(size, () -> 0);
  }

  /**
   * Creates the model of a disk of zeroes.
   *
   * @param size in bytes, whole sectors
   * @param clock returns the number of operations on its storage: see {@link
   *     FaultyStorage#operations}
   */
  public DiskModel(long size, IntSupplier clock) {
    this.sectors = Math.toIntExact(inSectors(size) / SECTOR);
    this.clock = clock;
  }

  private static long inSectors(long bytes) {
    if (bytes % SECTOR != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + bytes);
    }
    return bytes;
  }

  // Changes

  /** A change of a device. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private void make(Kind kind, long offset, long length, boolean zeroes, Action action)
      throws IOException {
    make(begin(kind, offset, length, zeroes), action);
  }

  private void make(Change change, Action action) throws IOException {
    // A change that fails may have been made in part.
    action.run();
    synchronized (this) {
      change.returned = clock.getAsInt();
      change.sequenceReturned = sequence++;
    }
  }

  private synchronized Change begin(Kind kind, long offset, long length, boolean zeroes) {
    Objects.checkFromIndexSize(inSectors(offset), inSectors(length), (long) sectors * SECTOR);
    int value = zeroes ? 0 : ++values;
    Change change = new Change(kind, offset, length, value, clock.getAsInt(), sequence++);
    changes.add(change);
    return change;
  }

  /** Writes content that was never written before. */
  public void write(BlockDevice device, long offset, int length) throws IOException {
    Change change = begin(Kind.WRITE, offset, length, false);
    byte[] content = RandomContent.of(change.value, offset, length);
    make(change, () -> device.write(offset, content));
  }

  /** Writes zeroes by the device's own method for that. */
  public void writeZeroes(BlockDevice device, long offset, long length) throws IOException {
    make(Kind.WRITE, offset, length, true, () -> device.writeZeroes(offset, length));
  }

  /** Discards a range. */
  public void discard(BlockDevice device, long offset, long length) throws IOException {
    make(Kind.DISCARD, offset, length, true, () -> device.discard(offset, length));
  }

  /** Flushes the device. Call this before closing a writable device, too. */
  public void flush(BlockDevice device) throws IOException {
    make(Kind.FLUSH, 0, 0, true, device::flush);
  }

  // Verification

  /** Fails unless the device holds what was written to it. */
  public void verify(BlockDevice device) throws IOException {
    expected().verify(device);
  }

  /** Returns what a device must hold if nothing crashed. */
  public synchronized Expectation expected() {
    Expectation expectation = new Expectation();
    for (Change change : changes) {
      expectation.add(change, change.returned != NEVER);
    }
    return expectation;
  }

  /**
   * Returns what a device must hold if the power was cut, or the process killed, at some point.
   *
   * @param point the number of operations on its storage before that
   */
  public synchronized Expectation after(int point) {
    int flush = -1;
    for (Change change : changes) {
      if (change.kind == Kind.FLUSH && change.returned <= point) {
        flush = Math.max(flush, change.sequenceBegun);
      }
    }
    Expectation expectation = new Expectation();
    for (Change change : changes) {
      if (change.begun <= point) {
        expectation.add(change, change.sequenceReturned < flush);
      }
    }
    return expectation;
  }

  /** What each sector of a device may hold. */
  public final class Expectation {
    /** By sector, the value that it has for certain, if it has no other. */
    private final int[] certain = new int[sectors];

    /** By sector, all values that it may have, if that is not certain. */
    private final Map<Integer, List<Integer>> possible = new HashMap<>();

    private final byte[][] chunks =
        new byte[(int) (((long) sectors * SECTOR + CHUNK - 1) / CHUNK)][];

    private Expectation() {}

    private void add(Change change, boolean done) {
      for (int sector = change.first; sector < change.end; sector++) {
        if (done && change.kind == Kind.WRITE) {
          certain[sector] = change.value;
          possible.remove(sector);
        } else if (certain[sector] != change.value || possible.containsKey(sector)) {
          int before = certain[sector];
          possible.computeIfAbsent(sector, _ -> new ArrayList<>(List.of(before))).add(change.value);
        }
      }
    }

    /** Returns the number of sectors that may hold one of several contents. */
    public int uncertain() {
      return possible.size();
    }

    /** Fails unless the device holds what it may. */
    public void verify(BlockDevice device) throws IOException {
      long size = (long) sectors * SECTOR;
      if (device.size() != size) {
        throw new AssertionError("the disk has " + device.size() + " bytes and not " + size);
      }
      byte[] found = new byte[CHUNK];
      for (int i = 0; i < chunks.length; i++) {
        long offset = (long) i * CHUNK;
        int length = (int) Math.min(CHUNK, size - offset);
        device.read(offset, MemorySegment.ofArray(found).asSlice(0, length));
        byte[] expected = chunk(i, length);
        int at = 0;
        while ((at = nextMismatch(expected, found, at, length)) < length) {
          verifySector(i * (CHUNK / SECTOR) + at / SECTOR, found, at);
          at += SECTOR;
        }
      }
    }

    private static int nextMismatch(byte[] one, byte[] other, int from, int to) {
      int mismatch = Arrays.mismatch(one, from, to, other, from, to);
      return mismatch < 0 ? to : from + mismatch / SECTOR * SECTOR;
    }

    /** One of the contents that a part of the disk may have; made once, as crashes are many. */
    private synchronized byte[] chunk(int number, int length) {
      if (chunks[number] == null) {
        byte[] content = new byte[length];
        for (int at = 0; at < length; at += SECTOR) {
          int sector = number * (CHUNK / SECTOR) + at / SECTOR;
          fill(certain[sector], sector, content, at);
        }
        chunks[number] = content;
      }
      return chunks[number];
    }

    private static void fill(int value, int sector, byte[] target, int at) {
      if (value != 0) {
        RandomContent.fillSector(value, sector, target, at);
      }
    }

    private void verifySector(int sector, byte[] found, int at) {
      List<Integer> values = possible.getOrDefault(sector, List.of(certain[sector]));
      for (int value : values) {
        byte[] expected = new byte[SECTOR];
        fill(value, sector, expected, 0);
        if (Arrays.equals(expected, 0, SECTOR, found, at, at + SECTOR)) {
          return;
        }
      }
      throw new AssertionError(
          "sector "
              + sector
              + " (offset "
              + (long) sector * SECTOR
              + ") holds "
              + RandomContent.describe(found, at)
              + ", and may hold that of seed "
              + values
              + ", 0 being zeroes");
    }
  }
}
