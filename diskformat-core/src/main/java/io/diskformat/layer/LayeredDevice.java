package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.MissingData;
import io.diskformat.Place;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.ChainCursor;
import io.diskformat.device.ExtentMerger;
import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import io.diskformat.device.ReadAhead;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a chain, of any format with a map: a {@link GuestMap} says where the bytes are
 * stored, and this class reads and writes them. Bytes that the map does not record are read from
 * the device below.
 *
 * <p>A read of stored data allocates no object and takes no lock. Where a stored unit crosses the
 * end of its file, the rest reads as zeroes, as in QEMU; where it begins at or after the end, the
 * image was cut short, which is an error.
 */
public class LayeredDevice implements PlainBytes, PlainTarget {
  private final String name;
  private final GuestMap map;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final LayerReader reader;
  private final ReadAhead readAhead = new ReadAhead();
  private final LayerAdvice advice;
  private final ReadAhead.Fetcher fetcher;
  private final ReadAhead.Fetcher bulkFetcher;
  private final @Nullable WriteEngine writing;
  private final Object closing = new Object();

  /**
   * Creates a device.
   *
   * @param name the name of the image in error messages
   * @param size the size of the disk, in bytes
   * @param map where its bytes are stored
   * @param data the storage that the map's positions belong to; not closed with this device
   * @param below read where the map records nothing, with zeroes beyond its end; null for zeroes;
   *     not closed with this device
   */
  public LayeredDevice(
      String name, long size, GuestMap map, Storage data, @Nullable BlockDevice below) {
    this(name, size, map, data, below, null);
  }

  /**
   * Creates a device that may be writable. The other parameters are those of the public
   * constructor.
   *
   * @param writer says where bytes may be written; null if the device is not writable
   */
  protected LayeredDevice(
      String name,
      long size,
      GuestMap map,
      Storage data,
      @Nullable BlockDevice below,
      @Nullable MapWriter writer) {
    this.name = name;
    this.map = map;
    this.data = data;
    this.below = below;
    this.reader = new LayerReader(name, size, map, data, below);
    this.writing = writer == null ? null : new WriteEngine(reader, map, writer, data, below);
    this.advice = new LayerAdvice(reader, map, data, below, epoch());
    this.fetcher = (from, length) -> advice.fetch(from, length, false);
    this.bulkFetcher = (from, length) -> advice.fetch(from, length, true);
  }

  @Override
  public final long size() {
    return reader.size();
  }

  @Override
  public final boolean isWritable() {
    return writing != null;
  }

  // Reading

  @Override
  public final void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    long size = reader.size();
    Objects.checkFromIndexSize(offset, length, size);
    reader.checkOpen();
    if (writing == null) {
      reader.read(offset, target, length, 0);
    } else {
      writing.reads().read(offset, target, length);
    }
    readAhead.note(offset, length, size, length < Storage.BULK ? fetcher : bulkFetcher);
  }

  @Override
  public List<MissingData> missingData() {
    return reader.missingData();
  }

  @Override
  public final void willRead(long offset, long length) throws IOException {
    checkRange(offset, length);
    checkOpen();
    advice.willRead(offset, length, true);
  }

  /**
   * Returns the supplier of a number that changes when a place that was looked up may have been
   * reused.
   */
  private LongSupplier epoch() {
    WriteEngine engine = writing;
    return engine == null ? () -> 0 : engine::epoch;
  }

  private void checkRange(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, reader.size());
  }

  // Extents

  @Override
  public final ExtentCursor extents(long offset, long length) throws IOException {
    checkRange(offset, length);
    checkOpen();
    LongSupplier epoch = epoch();
    String dataName = data.isTransformed() ? null : data.name();
    ExtentCursor here =
        new ExtentMerger(new UnitCursor(reader, map, dataName, epoch, offset, offset + length));
    if (!data.isTransformed() && map.expectsHostHoles()) {
      here = new ExtentMerger(new HostHoleCursor(here, data, epoch));
    }
    return below == null ? here : new ExtentMerger(new ChainCursor(here, below));
  }

  @Override
  public final Place placeOf(long offset) throws IOException {
    Objects.checkIndex(offset, reader.size());
    checkOpen();
    Place place = new PlaceLookup(reader, map, data, epoch()).at(offset, size());
    if (!place.isHole() || below == null || offset >= below.size()) {
      return place;
    }
    Place deeper = below.placeOf(offset).seenAt(offset, 1);
    return deeper.withLength(Math.min(deeper.length(), place.length()));
  }

  /** {@inheritDoc} Of a device that is written there is none, as any byte may be moved. */
  @Override
  public final @Nullable Range plainAt(long offset) throws IOException {
    Objects.checkIndex(offset, reader.size());
    checkOpen();
    return writing == null ? new PlainLookup(reader, map, data, below).at(offset) : null;
  }

  // Writing

  /** {@inheritDoc} Where units are not stored yet, whole clusters are copied. */
  @Override
  public final long copyFrom(Range source, long offset, long length) throws IOException {
    Objects.checkFromIndexSize(0, length, source.length());
    checkRange(offset, length);
    return length == 0 ? 0 : writing().copyFrom(source, offset, length);
  }

  @Override
  public final void write(long offset, MemorySegment source) throws IOException {
    checkRange(offset, source.byteSize());
    writing().write(offset, source);
  }

  @Override
  public final void writeZeroes(long offset, long length) throws IOException {
    checkRange(offset, length);
    writing().zero(offset, length);
  }

  @Override
  public final void discard(long offset, long length) throws IOException {
    checkRange(offset, length);
    writing().discard(offset, length);
  }

  @Override
  public final void flush() throws IOException {
    checkOpen();
    if (writing != null) {
      try (Span span = Events.flush(name)) {
        writing.flush();
        span.succeeded();
      }
    }
  }

  /**
   * Writes whole clusters compressed, as {@link io.diskformat.DiskImage#writeCompressed} says.
   *
   * @throws IOException if the clusters cannot be written
   */
  public final void writeCompressed(long offset, MemorySegment source) throws IOException {
    long length = source.byteSize();
    checkRange(offset, length);
    long mask = map.compressedUnit() - 1;
    if ((offset & mask) != 0 || ((length & mask) != 0 && offset + length != size())) {
      throw new IllegalArgumentException(
          "not whole clusters of " + (mask + 1) + " bytes: " + length + " bytes at " + offset);
    }
    writing().writeCompressed(offset, source);
  }

  private WriteEngine writing() throws ImageClosedException {
    return requireWriter(writing);
  }

  /**
   * Returns a writer of this device, which need not be there.
   *
   * @param <W> the type of the writer
   * @param writer null if the device is not writable
   * @throws UnsupportedOperationException if the device is not writable
   * @throws ImageClosedException if the device is closed
   */
  protected final <W> W requireWriter(@Nullable W writer) throws ImageClosedException {
    checkOpen();
    if (writer == null) {
      throw new UnsupportedOperationException(name + ": not opened for writing");
    }
    return writer;
  }

  /**
   * Runs a change of the image beside which neither another change nor a flush may run.
   *
   * @param change makes the change, and returns the size that the disk then has, in bytes
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if the device is closed, or what {@code change} throws
   */
  protected final void change(SizeChange change) throws IOException {
    writing().exclusively(() -> reader.resized(change.run()));
  }

  /** A change of the image that may change the size of the disk. */
  @FunctionalInterface
  protected interface SizeChange {
    /** Makes the change, and returns the new size of the disk in bytes. */
    long run() throws IOException;
  }

  // Closing

  /** Throws if this device is closed. */
  protected final void checkOpen() throws ImageClosedException {
    reader.checkOpen();
  }

  /**
   * Ends writing, and closes what belongs to this device. Closing a closed device does nothing. A
   * write of another thread meanwhile is either made durable or refused.
   */
  @Override
  public final void close() throws IOException {
    synchronized (closing) {
      if (reader.isClosed()) {
        return;
      }
      try (Closeable _ = this::releaseClosed) {
        if (writing != null) {
          writing.finish();
        }
      }
    }
  }

  private void releaseClosed() throws IOException {
    reader.close();
    release();
  }

  /**
   * Closes what belongs to this device, all of it even if closing some of it fails. Called once. By
   * default, nothing belongs to it.
   *
   * @throws IOException if closing something fails
   */
  protected void release() throws IOException {}

  /** Returns the name used in error messages. */
  @Override
  public final String toString() {
    return name;
  }

  /** Returns an exception for a feature that this library does not support. */
  protected final UnsupportedFeatureException unsupported(String feature) {
    return new UnsupportedFeatureException(name, feature);
  }
}
