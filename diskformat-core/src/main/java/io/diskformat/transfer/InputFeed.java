package io.diskformat.transfer;

import io.diskformat.ImageInput;
import io.diskformat.transfer.InputWindows.Batch;
import io.diskformat.transfer.InputWindows.Unit;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The feed of one worker from an image that is read in one pass. */
final class InputFeed implements Feed {
  private final InputWindows windows;
  private final int unitSize;
  private final ImageInput.Decoder decoder;
  private @Nullable Batch batch;

  /** The unit that was decoded last, and its offset, or -1. */
  private final MemorySegment decoded;

  private long decodedOffset = -1;

  InputFeed(ImageInput input, InputWindows windows) {
    this.windows = windows;
    this.unitSize = input.unitSize();
    this.decoder = input.decoder();
    this.decoded = MemorySegment.ofArray(new byte[unitSize]);
  }

  @Override
  public @Nullable Window next() throws IOException {
    decodedOffset = -1;
    batch = windows.next();
    return batch == null ? null : batch.window();
  }

  @Override
  public void release() {
    Batch done = batch;
    if (done != null) {
      batch = null;
      windows.release(done);
    }
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    target.fill((byte) 0);
    long end = offset + target.byteSize();
    List<Unit> units = batch == null ? List.of() : batch.units();
    for (int i = firstFrom(units, offset); i < units.size() && units.get(i).offset() < end; i++) {
      Crew.checkGoesOn();
      Unit unit = units.get(i);
      long from = Math.max(offset, unit.offset());
      long to = Math.min(end, unit.offset() + unitSize);
      decode(unit, from, target.asSlice(from - offset, to - from));
    }
  }

  /** Returns the index of the first unit that does not end before an offset. */
  private int firstFrom(List<Unit> units, long offset) {
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
