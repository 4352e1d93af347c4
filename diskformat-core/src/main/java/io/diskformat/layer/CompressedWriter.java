package io.diskformat.layer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Writes whole clusters of a disk compressed, or uncompressed where that is no gain. */
final class CompressedWriter {
  private final LayerReader reader;
  private final MapWriter writer;
  private final PlainWriter plain;
  private final long cluster;
  private final CompressionBuffers compression;

  CompressedWriter(LayerReader reader, MapWriter writer, PlainWriter plain, long cluster) {
    this.reader = reader;
    this.writer = writer;
    this.plain = plain;
    this.cluster = cluster;
    this.compression = new CompressionBuffers(cluster);
  }

  /** Writes whole clusters, the last of which may end with the disk. */
  void write(long offset, MemorySegment source) throws IOException {
    writer.requireCompressedClusters();
    plain.beforeChange(offset, source.byteSize());
    for (long done = 0; done < source.byteSize(); done += cluster) {
      long length = Math.min(cluster, source.byteSize() - done);
      CompressionBuffers.Pair buffers = compression.take();
      try {
        write(offset + done, source.asSlice(done, length), buffers);
      } finally {
        compression.giveBack(buffers);
      }
      // After each cluster, so that one long write cannot gather changes without limit.
      plain.flushIfWanted();
    }
  }

  /** Compresses a cluster without a lock, and then stores it. */
  private void write(long offset, MemorySegment source, CompressionBuffers.Pair buffers)
      throws IOException {
    long length = source.byteSize();
    MemorySegment bytes = MemorySegment.ofArray(buffers.plain);
    MemorySegment.copy(source, 0, bytes, 0, length);
    bytes.asSlice(length).fill((byte) 0);
    int compressed = writer.compress(buffers.plain, buffers.stream);
    if (compressed == 0) {
      plain.write(offset, source);
      return;
    }
    MemorySegment stream = MemorySegment.ofArray(buffers.stream).asSlice(0, compressed);
    boolean linked =
        plain.onUnits(
            offset,
            cluster,
            (at, _) -> {
              // If it is no longer the last one, somebody may have written the rest of it.
              boolean whole = length == cluster || at + length == reader.size();
              if (whole) {
                writer.linkCompressed(at, stream);
              }
              return whole;
            });
    if (!linked) {
      plain.write(offset, source);
    }
  }
}
