package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.storage.Storage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device of random layout, together with what it holds and how it must describe itself. */
public final class SyntheticDisk {
  public final LayeredDevice device;

  /** What the guest sees. */
  public final byte[] content;

  /** How each sector is stored. */
  public final List<Extent> sectors;

  /** How often something was decompressed. */
  final AtomicInteger decompressions = new AtomicInteger();

  /** The last byte that was asked for. */
  volatile long furthest;

  private static final int SECTOR = 512;

  private final Random random;
  private final int unit;
  private final int units;
  private final int compressedUnit;
  private final long[] locations;
  private final byte[][] compressed;
  private final PagedStorage data;

  /** How a disk is laid out, apart from chance. */
  public record Layout(
      int unit, int unitsPerCompressed, int sectors, boolean compresses, boolean hostHoles) {
    public static Layout random(Random random) {
      return new Layout(
          SECTOR << random.nextInt(5),
          1 << random.nextInt(3),
          1 + random.nextInt(400),
          random.nextBoolean(),
          random.nextBoolean());
    }
  }

  /** Creates a disk over another one, or over nothing. */
  public SyntheticDisk(Random random, Layout layout, @Nullable SyntheticDisk below)
      throws IOException {
    this.random = random;
    this.unit = layout.unit;
    this.compressedUnit = layout.unit * layout.unitsPerCompressed;
    this.content = new byte[layout.sectors * SECTOR];
    this.units = (content.length + compressedUnit - 1) / compressedUnit * layout.unitsPerCompressed;
    this.locations = new long[units];
    this.compressed = new byte[units][];
    this.data = new PagedStorage("data" + random.nextInt(1000));
    // A place that no unit is at, so that position 0 is nothing special.
    data.resize(unit);
    for (int group = 0; group < units; group += layout.unitsPerCompressed) {
      if (layout.compresses && random.nextInt(3) == 0) {
        compress(group, layout.unitsPerCompressed);
      } else {
        for (int i = group; i < group + layout.unitsPerCompressed; i++) {
          place(i, below);
        }
      }
    }
    this.sectors = describe(layout.hostHoles, below);
    Map map = new Map(layout.hostHoles);
    this.device =
        new LayeredDevice(
            "synthetic", content.length, map, data, below == null ? null : below.device);
  }

  private int start(int number) {
    return Math.min(number * unit, content.length);
  }

  private int end(int number) {
    return start(number + 1);
  }

  private void compress(int first, int count) {
    byte[] whole = RandomContent.of(random.nextInt(), (long) first * unit, count * unit);
    long location = Location.compressed(random.nextInt(1000) * 1000L + first);
    for (int i = first; i < first + count; i++) {
      locations[i] = location;
      compressed[i] = whole;
      System.arraycopy(whole, (i - first) * unit, content, start(i), end(i) - start(i));
    }
  }

  private void place(int number, @Nullable SyntheticDisk below) throws IOException {
    // What is next to each other is often stored in one way, as otherwise nothing is ever joined.
    int kind = number > 0 && random.nextBoolean() ? kind(number - 1) : random.nextInt(5);
    switch (kind) {
      case Location.HOLE, Location.RESERVED_HOLE -> {
        locations[number] =
            kind == Location.HOLE ? Location.of(kind) : Location.of(kind, newPosition());
        if (below != null) {
          int from = Math.min(start(number), below.content.length);
          int to = Math.min(end(number), below.content.length);
          System.arraycopy(below.content, from, content, from, to - from);
        }
      }
      case Location.ZERO -> locations[number] = Location.of(kind);
      case Location.RESERVED_ZERO -> {
        locations[number] = Location.of(kind, newPosition());
        // Whatever is there is not seen.
        byte[] garbage = RandomContent.of(-1, 0, unit);
        data.write(Location.position(locations[number]), MemorySegment.ofArray(garbage));
      }
      default -> placeData(number);
    }
  }

  private int kind(int number) {
    int kind = Location.kind(locations[number]);
    return kind == Location.COMPRESSED ? Location.DATA : kind;
  }

  /**
   * Returns a place at the end of the file, or elsewhere in it or beyond that nothing is at yet.
   */
  private long newPosition() throws IOException {
    long end = (data.size() + unit - 1) / unit * unit;
    return random.nextInt(4) == 0 ? end + (long) unit * random.nextInt(5) : end;
  }

  private void placeData(int number) throws IOException {
    long position = newPosition();
    locations[number] = Location.of(Location.DATA, position);
    int length = end(number) - start(number);
    byte[] bytes = RandomContent.of(random.nextInt(), start(number), unit);
    if (random.nextInt(6) == 0) {
      // Only a part was written: zeroes follow, in the file or beyond its end.
      int written = 1 + random.nextInt(unit);
      Arrays.fill(bytes, written, unit, (byte) 0);
      data.write(position, MemorySegment.ofArray(bytes).asSlice(0, written));
    } else if (random.nextInt(6) == 0 && unit >= PagedStorage.PAGE) {
      // A hole of the file that is not known to be one.
      data.resize(position + unit);
      Arrays.fill(bytes, (byte) 0);
    } else {
      data.write(position, MemorySegment.ofArray(bytes));
    }
    System.arraycopy(bytes, 0, content, start(number), length);
  }

  private List<Extent> describe(boolean hostHoles, @Nullable SyntheticDisk below)
      throws IOException {
    List<Extent> all = new ArrayList<>();
    for (int offset = 0; offset < content.length; offset += SECTOR) {
      all.add(describe(offset, hostHoles, below));
    }
    return all;
  }

  private Extent describe(int offset, boolean hostHoles, @Nullable SyntheticDisk below)
      throws IOException {
    long location = locations[offset / unit];
    int kind = Location.kind(location);
    boolean hole = kind == Location.HOLE || kind == Location.RESERVED_HOLE;
    if (hole && below != null && offset < below.content.length) {
      return below.sectors.get(offset / SECTOR).deeper(1);
    }
    boolean stored = kind == Location.DATA || kind == Location.COMPRESSED;
    boolean placed = Location.hasPosition(kind);
    long position = placed ? Location.position(location) + offset % unit : -1;
    boolean overHole =
        hostHoles
            && kind == Location.DATA
            && position < data.size()
            && data.nextData(position) > position;
    return new Extent(
        offset,
        SECTOR,
        stored ? Extent.Kind.DATA : hole ? Extent.Kind.HOLE : Extent.Kind.ZERO,
        !stored || overHole,
        kind == Location.COMPRESSED,
        0,
        position,
        placed ? data.name() : null);
  }

  /** Returns the fewest extents that describe a range. */
  public List<Extent> extents(int offset, int length) {
    List<Extent> joined = new ArrayList<>();
    for (Extent sector : sectors) {
      // An empty range has none, also where it lies within a sector.
      if (length == 0 || sector.end() <= offset || sector.offset() >= offset + length) {
        continue;
      }
      Extent part = sector.from(Math.max(sector.offset(), offset));
      part = part.withLength(Math.min(sector.end(), offset + length) - part.offset());
      if (!joined.isEmpty() && joined.getLast().continuesWith(part)) {
        Extent last = joined.removeLast();
        part = last.withLength(last.length() + part.length());
      }
      joined.add(part);
    }
    return joined;
  }

  /** Where its bytes are, for faults to be made there. */
  public Storage data() {
    return data;
  }

  /** A device on the same layout and another storage. */
  public LayeredDevice on(Storage storage, @Nullable BlockDevice below) {
    return new LayeredDevice("synthetic", content.length, new Map(false), storage, below);
  }

  private final class Map extends GuestMap {
    private final boolean hostHoles;

    Map(boolean hostHoles) {
      super(unit, compressedUnit);
      this.hostHoles = hostHoles;
    }

    @Override
    public long locate(long offset) {
      furthest = offset;
      long location = locations[(int) offset / unit];
      return Location.hasPosition(Location.kind(location)) ? location + offset % unit : location;
    }

    @Override
    public long holeLength(long offset) throws IOException {
      int end = (int) offset / unit;
      while (end < units && end % 7 != 0 && Location.kind(locations[end]) == Location.HOLE) {
        end++;
      }
      return Math.max((long) end * unit - offset, super.holeLength(offset));
    }

    @Override
    public void decompress(long location, byte[] target) {
      decompressions.incrementAndGet();
      byte[] whole = compressed[(int) (Location.descriptor(location) % 1000)];
      System.arraycopy(whole, 0, target, 0, target.length);
    }

    @Override
    public boolean expectsHostHoles() {
      return hostHoles;
    }
  }
}
