package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ImageInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image that is read in one pass, as the source of a conversion. Each worker takes what comes
 * next of it, a window at a time, and then decodes that while others read on.
 */
final class InputSource implements Source {
  private final ImageInput input;
  private boolean used;

  InputSource(ImageInput input) {
    this.input = input;
  }

  @Override
  public long size() {
    return input.size();
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public boolean is(BlockDevice device) {
    return false;
  }

  @Override
  public boolean isInOnePass() {
    return true;
  }

  /** {@inheritDoc} These are the encoded units of a window, and one that is decoded. */
  @Override
  public long held(long unit) {
    return unit + input.unitSize();
  }

  @Override
  public synchronized Pass pass(long unit, long zeroLimit, int workers) {
    if (used) {
      throw new IllegalStateException(input.name() + ": was read already, and cannot be again");
    }
    used = true;
    Windows windows = new Windows(input, unit, zeroLimit);
    return () -> new InputFeed(windows);
  }

  /** A unit, encoded. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares units
  private record Unit(long offset, byte[] encoded) {}

  /** A window, with the units that are stored in it. */
  private record Batch(Window window, List<Unit> units) {}

  /** Reads the image on. Thread-safe. */
  private static final class Windows {
    private final ImageInput input;
    private final long unit;
    private final long zeroLimit;
    private long at;

    /** The offset of the next unit, or -1 if there is none, or less if it is unknown. */
    private long next = -2;

    /** A unit that goes on beyond the window in which it begins. */
    private @Nullable Unit cut;

    private boolean broken;

    Windows(ImageInput input, long unit, long zeroLimit) {
      this.input = input;
      this.unit = unit;
      this.zeroLimit = Math.max(unit, zeroLimit / unit * unit);
    }

    /** Returns the next batch, or null if there is none, or a worker has failed to read one. */
    synchronized @Nullable Batch next() throws IOException {
      if (broken) {
        return null;
      }
      broken = true;
      Batch batch = read();
      broken = false;
      return batch;
    }

    private @Nullable Batch read() throws IOException {
      long size = input.size();
      if (next < -1) {
        next = input.next();
      }
      if (at >= size) {
        return null;
      }
      long start = at;
      long dataFrom = cut != null ? start : next < 0 ? size : next / unit * unit;
      if (dataFrom > start) {
        at = Math.min(dataFrom, start + zeroLimit);
        return new Batch(Window.ofZeroes(start, at - start), List.of());
      }
      at = Math.min(start + unit, size);
      return data(start, at);
    }

    private Batch data(long start, long end) throws IOException {
      Window.Builder window = new Window.Builder(start);
      List<Unit> units = new ArrayList<>();
      Unit last = cut;
      if (last != null) {
        add(last, start, end, units, window);
      }
      while (next >= 0 && next < end) {
        last = new Unit(next, input.read());
        add(last, start, end, units, window);
        next = input.next();
      }
      cut = last != null && last.offset() + input.unitSize() > end ? last : null;
      return new Batch(window.endingAt(end), units);
    }

    private void add(Unit last, long start, long end, List<Unit> units, Window.Builder window) {
      units.add(last);
      window.add(Math.max(start, last.offset()), Math.min(last.offset() + input.unitSize(), end));
    }
  }

  /** What one worker gets. */
  private static final class InputFeed implements Feed {
    private final Windows windows;
    private final int unitSize;
    private final ImageInput.Decoder decoder;
    private List<Unit> units = List.of();

    /** The unit that was decoded last, and its offset, or -1. */
    private final MemorySegment decoded;

    private long decodedOffset = -1;

    InputFeed(Windows windows) {
      this.windows = windows;
      this.unitSize = windows.input.unitSize();
      this.decoder = windows.input.decoder();
      this.decoded = MemorySegment.ofArray(new byte[unitSize]);
    }

    @Override
    public @Nullable Window next() throws IOException {
      units = List.of();
      decodedOffset = -1;
      Batch batch = windows.next();
      if (batch == null) {
        return null;
      }
      units = batch.units();
      return batch.window();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      target.fill((byte) 0);
      long end = offset + target.byteSize();
      for (int i = firstFrom(offset); i < units.size() && units.get(i).offset() < end; i++) {
        Unit unit = units.get(i);
        long from = Math.max(offset, unit.offset());
        long to = Math.min(end, unit.offset() + unitSize);
        decode(unit, from, target.asSlice(from - offset, to - from));
      }
    }

    /** Returns the index of the first unit that does not end before an offset. */
    private int firstFrom(long offset) {
      int low = 0;
      int high = units.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (units.get(middle).offset() + unitSize <= offset) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    private void decode(Unit unit, long from, MemorySegment target) throws IOException {
      if (target.byteSize() == unitSize) {
        decoder.decode(unit.offset(), unit.encoded(), target);
        return;
      }
      if (decodedOffset != unit.offset()) {
        decoder.decode(unit.offset(), unit.encoded(), decoded);
        decodedOffset = unit.offset();
      }
      target.copyFrom(decoded.asSlice(from - unit.offset(), target.byteSize()));
    }
  }
}
