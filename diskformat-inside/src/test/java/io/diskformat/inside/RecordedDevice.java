package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A disk in memory that notes every write and flush, so that what a crash may have left of them can
 * be made: a {@link #prefixes prefix} of the writes, or {@link #subsets some} of the sectors that
 * were written between two flushes. Not thread-safe.
 */
public final class RecordedDevice implements BlockDevice {
  /** No more of a write is kept whole by a crash, in bytes. */
  public static final int SECTOR = 512;

  private final byte[] before;
  private final byte[] now;

  /** The writes of each phase, which a flush ends. */
  private final List<List<Write>> phases = new ArrayList<>();

  private long reads;

  private record Write(int offset, byte[] bytes) {}

  /** Looks at what a crash left. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Looks at a state.
     *
     * @param what says which one it is, for messages
     * @param image the disk, which the visitor must not keep or change
     */
    void visit(String what, byte[] image) throws IOException;
  }

  /** Creates a disk with these bytes, which are copied. */
  public RecordedDevice(byte[] bytes) {
    this.before = bytes.clone();
    this.now = bytes.clone();
    phases.add(new ArrayList<>());
  }

  private RecordedDevice(RecordedDevice other) {
    this.before = other.before;
    this.now = other.now;
  }

  /** Returns the disk as it was at first. */
  public byte[] before() {
    return before.clone();
  }

  /** Returns the disk as it is. */
  public byte[] bytes() {
    return now.clone();
  }

  /** Returns how many writes there were. */
  public int writes() {
    return phases.stream().mapToInt(List::size).sum();
  }

  /** Returns how many bytes all writes had. */
  public long written() {
    return phases.stream().flatMap(List::stream).mapToLong(write -> write.bytes().length).sum();
  }

  /** Returns how many flushes there were that ended any writes. */
  public int flushes() {
    return phases.size() - 1;
  }

  /**
   * Returns the same writes without one of the flushes between them.
   *
   * @param flush its number, from 0 on
   */
  public RecordedDevice without(int flush) {
    RecordedDevice copy = new RecordedDevice(this);
    for (int i = 0; i < phases.size(); i++) {
      if (i == flush + 1) {
        copy.phases.getLast().addAll(phases.get(i));
      } else {
        copy.phases.add(new ArrayList<>(phases.get(i)));
      }
    }
    return copy;
  }

  /** Visits the disk after each number of writes, from none to all. */
  public void prefixes(Visitor visitor) throws IOException {
    byte[] image = before.clone();
    int done = 0;
    visitor.visit("no write", image);
    for (List<Write> phase : phases) {
      for (Write write : phase) {
        System.arraycopy(write.bytes, 0, image, write.offset, write.bytes.length);
        visitor.visit(++done + " writes", image);
      }
    }
  }

  /**
   * Visits the disk with some of the sectors of a phase written, and all of those before it.
   *
   * @param count how many states of each phase
   */
  public void subsets(Random random, int count, Visitor visitor) throws IOException {
    subsets(random, -1, count, visitor);
  }

  /**
   * Visits the disk with some of the sectors of one phase written, and all of those before it.
   *
   * @param only the number of the phase, from 0 on, or -1 for all
   * @param count how many states
   */
  public void subsets(Random random, int only, int count, Visitor visitor) throws IOException {
    byte[] durable = before.clone();
    for (int number = 0; number < phases.size(); number++) {
      List<Write> phase = phases.get(number);
      int states = phase.isEmpty() || (only >= 0 && number != only) ? 0 : count;
      for (int state = 0; state < states; state++) {
        byte[] image = durable.clone();
        int share = 1 + random.nextInt(9);
        Map<Integer, Integer> last = new HashMap<>();
        for (Write write : phase) {
          for (int at = 0; at < write.bytes.length; ) {
            int sector = (write.offset + at) / SECTOR;
            int length =
                Math.min(write.bytes.length - at, (sector + 1) * SECTOR - write.offset - at);
            // Sectors reach the disk in any order, but the contents of one in theirs.
            int reached = last.computeIfAbsent(sector, each -> random.nextInt(10) < share ? 1 : 0);
            if (reached == 1) {
              System.arraycopy(write.bytes, at, image, write.offset + at, length);
              last.put(sector, random.nextInt(10) < share ? 1 : 0);
            }
            at += length;
          }
        }
        visitor.visit("state " + state + " of phase " + number, image);
      }
      for (Write write : phase) {
        System.arraycopy(write.bytes, 0, durable, write.offset, write.bytes.length);
      }
    }
  }

  @Override
  public long size() {
    return now.length;
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  /** Returns how often something was read. */
  public long reads() {
    return reads;
  }

  @Override
  public void read(long offset, MemorySegment target) {
    reads++;
    var _ = Objects.checkFromIndexSize(offset, target.byteSize(), size());
    MemorySegment.copy(MemorySegment.ofArray(now), offset, target, 0, target.byteSize());
  }

  @Override
  public void write(long offset, MemorySegment source) {
    var _ = Objects.checkFromIndexSize(offset, source.byteSize(), size());
    byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
    phases.getLast().add(new Write((int) offset, bytes));
    System.arraycopy(bytes, 0, now, (int) offset, bytes.length);
  }

  @Override
  public void writeZeroes(long offset, long length) {
    write(offset, MemorySegment.ofArray(new byte[(int) length]));
  }

  /** Makes the range read as zeroes. */
  @Override
  public void discard(long offset, long length) {
    writeZeroes(offset, length);
  }

  @Override
  public void flush() {
    if (!phases.getLast().isEmpty()) {
      phases.add(new ArrayList<>());
    }
  }

  @Override
  public ExtentCursor extents(long offset, long length) {
    var _ = Objects.checkFromIndexSize(offset, length, size());
    List<Extent> left = new ArrayList<>();
    if (length > 0) {
      left.add(new Extent(offset, length, Extent.Kind.DATA, false, false, 0, -1, null));
    }
    return () -> left.isEmpty() ? null : left.removeFirst();
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "memory";
  }
}
