package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.device.PlainBytes;
import io.diskformat.storage.Faults;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The writing half of a layer: it joins the {@link MapWriter}, which says where bytes may be
 * written, the writers of plain, zero, compressed and shared clusters, and the {@link WriteGate}
 * with the locks.
 */
final class WriteEngine {
  private final MapWriter writer;
  private final Storage data;
  private final WriteGate gate;
  private final ReaderBesideWriters reads;
  private final PlainWriter plain;
  private final ZeroWriter zeroes;
  private final CompressedWriter compressed;
  private final HostWriter host;

  WriteEngine(
      LayerReader reader,
      GuestMap map,
      MapWriter writer,
      Storage data,
      @Nullable BlockDevice below) {
    this.writer = writer;
    this.data = data;
    long cluster = map.compressedUnit();
    this.gate = new WriteGate(reader.name(), Long.numberOfTrailingZeros(cluster));
    this.reads = new ReaderBesideWriters(reader, gate, writer);
    this.plain = new PlainWriter(reader, map, writer, gate, data, below);
    this.zeroes = new ZeroWriter(reader, map, writer, plain);
    this.compressed = new CompressedWriter(reader, writer, plain, cluster);
    this.host = new HostWriter(map, writer, plain, data);
  }

  /** Returns a number that changes when a place may have been reused. */
  long epoch() {
    return writer.epoch();
  }

  /** Returns the reader that reads beside the writers. */
  ReaderBesideWriters reads() {
    return reads;
  }

  /** Returns the locks of the disk. */
  WriteGate gate() {
    return gate;
  }

  void write(long offset, MemorySegment source) throws IOException {
    plain.write(offset, source);
  }

  void zero(long offset, long length) throws IOException {
    zeroes.zero(offset, length);
  }

  void discard(long offset, long length) throws IOException {
    zeroes.discard(offset, length);
  }

  void writeCompressed(long offset, MemorySegment source) throws IOException {
    compressed.write(offset, source);
  }

  long copyFrom(PlainBytes.Range source, long offset, long length) throws IOException {
    return host.copyFrom(source, offset, length);
  }

  void flush() throws IOException {
    plain.flush();
  }

  /** Ends writing: makes all writes durable, and refuses every later one. */
  void finish() throws IOException {
    exclusively(() -> {
      try {
        writer.finish();
      } finally {
        gate.end();
      }
    });
  }

  /** Runs a change while nobody else writes. */
  void exclusively(IoAction change) throws IOException {
    gate.enterAlone();
    try {
      Faults.during(data, "changing the image", change);
    } finally {
      gate.leaveAlone();
    }
  }
}
