package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A disk whose extents a test makes up, of any lengths. It keeps no memory for zeroes, and fails if
 * what its extents have as zeroes is read. It notes what is read, and a test can get in between.
 */
public final class SyntheticDevice implements BlockDevice {

  /** Does something before a range is read, or fails. */
  @FunctionalInterface
  interface Hook {
    void before(long offset, long length) throws IOException;
  }

  /** A range of the disk. */
  public record Range(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** An extent and what it holds; null for zeroes. */
  private static final class Part {
    final Extent extent;
    final byte @Nullable [] bytes;

    Part(Extent extent, byte @Nullable [] bytes) {
      this.extent = extent;
      this.bytes = bytes;
    }
  }

  /** What was read, in order. */
  final Queue<Range> reads = new ConcurrentLinkedQueue<>();

  /** What was announced to be read, in order. */
  final Queue<Range> announcements = new ConcurrentLinkedQueue<>();

  /** Up to where extents were asked for. */
  final AtomicLong extentsUpTo = new AtomicLong();

  volatile boolean closed;

  private final NavigableMap<Long, Part> parts;
  private final long size;
  private final Hook hook;

  private SyntheticDevice(NavigableMap<Long, Part> parts, long size, Hook hook) {
    this.parts = parts;
    this.size = size;
    this.hook = hook;
  }

  /** Returns a disk that holds {@code bytes}, all of it data. */
  public static SyntheticDevice ofData(byte[] bytes) {
    return builder().data(bytes).build();
  }

  /** Returns a disk of extents of all kinds and sizes. */
  public static SyntheticDevice random(Random random) {
    Builder builder = builder();
    for (int parts = random.nextInt(12); parts > 0; parts--) {
      builder.random(random);
    }
    return builder.build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Returns this disk, calling {@code newHook} before each read. */
  public SyntheticDevice with(Hook newHook) {
    return new SyntheticDevice(parts, size, newHook);
  }

  /** Returns a disk of the same content, every byte of it data. */
  public SyntheticDevice flat() {
    return ofData(expected(0, Math.toIntExact(size)));
  }

  /** Returns what a range holds; zeroes where it is beyond the end. */
  public byte[] expected(long offset, int length) {
    byte[] result = new byte[length];
    long end = Math.min(offset + length, size);
    for (long at = offset; at < end; ) {
      Part part = partAt(at);
      long until = Math.min(part.extent.end(), end);
      if (part.bytes != null) {
        int from = (int) (at - part.extent.offset());
        System.arraycopy(part.bytes, from, result, (int) (at - offset), (int) (until - at));
      }
      at = until;
    }
    return result;
  }

  /** Returns the extent that holds a byte. */
  public Extent extentAt(long offset) {
    return partAt(offset).extent;
  }

  private Part partAt(long offset) {
    return parts.floorEntry(offset).getValue();
  }

  /** Puts a disk together from its start on. */
  static final class Builder {
    private final NavigableMap<Long, Part> parts = new TreeMap<>();
    private long size;

    Builder data(byte[] bytes) {
      return add(Extent.Kind.DATA, false, false, bytes.length, bytes);
    }

    Builder data(int length, Random random) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return data(bytes);
    }

    Builder compressed(byte[] bytes) {
      return add(Extent.Kind.DATA, false, true, bytes.length, bytes);
    }

    Builder zeroes(long length) {
      return add(Extent.Kind.ZERO, true, false, length, null);
    }

    Builder hole(long length) {
      return add(Extent.Kind.HOLE, true, false, length, null);
    }

    Builder hostHole(long length) {
      return add(Extent.Kind.DATA, true, false, length, null);
    }

    Builder random(Random random) {
      long length =
          switch (random.nextInt(5)) {
            case 0 -> 1 + random.nextInt(5000);
            case 1 -> 512L * (1 + random.nextInt(1000));
            case 2 -> 65536L * (1 + random.nextInt(20));
            case 3 -> (2L << 20) * (1 + random.nextInt(2)) - size % (2 << 20);
            default -> 1 + random.nextInt(3_000_000);
          };
      return switch (random.nextInt(6)) {
        case 0 -> hole(random.nextBoolean() ? length : 10 * length);
        case 1 -> zeroes(random.nextBoolean() ? length : 10 * length);
        case 2 -> hostHole(length);
        case 3 -> compressed(mixedBytes((int) length, random));
        default -> data(mixedBytes((int) length, random));
      };
    }

    /** Returns bytes with zeroes among them, long and short runs, aligned and not. */
    private static byte[] mixedBytes(int length, Random random) {
      byte[] bytes = new byte[length];
      int unit = random.nextBoolean() ? 4096 : 1 + random.nextInt(100_000);
      for (int at = 0; at < length; ) {
        int end = Math.min(length, at + unit * (1 + random.nextInt(8)));
        if (random.nextBoolean()) {
          byte[] piece = new byte[end - at];
          random.nextBytes(piece);
          System.arraycopy(piece, 0, bytes, at, piece.length);
        } else if (random.nextInt(8) == 0) {
          bytes[at + random.nextInt(end - at)] = 1;
        }
        at = end;
      }
      return bytes;
    }

    private Builder add(
        Extent.Kind kind,
        boolean readsAsZeroes,
        boolean compressed,
        long length,
        byte @Nullable [] bytes) {
      if (length > 0) {
        boolean placed = kind == Extent.Kind.DATA && !compressed;
        Extent extent =
            new Extent(
                size,
                length,
                kind,
                readsAsZeroes,
                compressed,
                0,
                placed ? size : -1,
                placed ? "host" : null);
        parts.put(size, new Part(extent, bytes == null ? null : bytes.clone()));
        size += length;
      }
      return this;
    }

    SyntheticDevice build() {
      return new SyntheticDevice(new TreeMap<>(parts), size, (offset, length) -> {});
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    hook.before(offset, length);
    reads.add(new Range(offset, length));
    for (long at = offset; at < offset + length; ) {
      Extent extent = extentAt(at);
      if (extent.readsAsZeroes()) {
        throw new AssertionError("read at " + offset + ", " + length + " bytes, of " + extent);
      }
      at = extent.end();
    }
    byte[] bytes = expected(offset, Math.toIntExact(length));
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, target, 0, length);
  }

  @Override
  public void willRead(long offset, long length) {
    announcements.add(new Range(offset, length));
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    long end = offset + length;
    if (length == 0) {
      return () -> null;
    }
    List<Extent> first = new ArrayList<>();
    first.add(extentAt(offset).from(offset));
    Iterator<Map.Entry<Long, Part>> rest = parts.tailMap(offset, false).entrySet().iterator();
    return () -> {
      Extent extent = null;
      if (!first.isEmpty()) {
        extent = first.removeFirst();
      } else if (rest.hasNext()) {
        extent = rest.next().getValue().extent;
      }
      if (extent == null || extent.offset() >= end) {
        return null;
      }
      extentsUpTo.accumulateAndGet(extent.end(), Math::max);
      return extent.withLength(Math.min(extent.end(), end) - extent.offset());
    };
  }

  @Override
  public void write(long offset, MemorySegment source) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writeZeroes(long offset, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void discard(long offset, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() {}

  private void checkOpen() throws IOException {
    if (closed) {
      throw new ImageClosedException("synthetic");
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("synthetic of " + size);
    for (Part part : parts.values()) {
      Extent e = part.extent;
      text.append("; ").append(e.length()).append(' ').append(e.kind());
      text.append(e.compressed() ? " compressed" : "").append(e.readsAsZeroes() ? " zero" : "");
    }
    return text.toString();
  }
}
