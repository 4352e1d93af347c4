package io.diskformat.benchmarks;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.Deflater;

/** Writes a raw disk into a qcow2 image, each cluster compressed unless that makes it longer. */
final class CompressedClusters {
  private static final long COMPRESSED = 1L << 62;
  private static final int SECTOR_BITS = 9;
  private static final int SECTORS_SHIFT = 62 - (Qcow2Writer.CLUSTER_BITS - 8);

  private final boolean zstd;
  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  private final byte[] compressed =
      new byte[(int) Zstd.compressBound(Qcow2Writer.CLUSTER) + Qcow2Writer.CLUSTER];
  private final long[] entries;
  private final int[] refcounts;
  private long end;

  private CompressedClusters(boolean zstd, int clusters, long start) {
    this.zstd = zstd;
    this.entries = new long[clusters];
    // If no cluster can be compressed, the data ends here.
    this.refcounts = new int[(int) (start >> Qcow2Writer.CLUSTER_BITS) + clusters + 1];
    this.end = start;
  }

  static void write(FileChannel file, FileChannel raw, boolean zstd) throws IOException {
    Qcow2Writer writer = Qcow2Writer.of(file, raw.size());
    CompressedClusters clusters =
        new CompressedClusters(zstd, (int) writer.clusters(), writer.dataStart());
    byte[] cluster = new byte[Qcow2Writer.CLUSTER];
    for (int n = 0; n < clusters.entries.length; n++) {
      ByteBuffer buffer = ByteBuffer.wrap(cluster);
      while (buffer.hasRemaining()
          && raw.read(buffer, (long) n * Qcow2Writer.CLUSTER + buffer.position()) >= 0) {}
      clusters.add(file, n, cluster);
    }
    clusters.deflater.end();
    writer.finish(
        clusters.end,
        zstd ? 1 : 0,
        n -> clusters.entries[(int) n],
        n -> clusters.refcounts[(int) n]);
  }

  private void add(FileChannel file, int n, byte[] cluster) throws IOException {
    int length = compress(cluster);
    if (length < cluster.length) {
      long lastSector = (end + length - 1) >>> SECTOR_BITS;
      long furtherSectors = lastSector - (end >>> SECTOR_BITS);
      entries[n] = COMPRESSED | furtherSectors << SECTORS_SHIFT | end;
      // Streams share clusters of the file.
      for (long c = host(end); c <= host(lastSector << SECTOR_BITS); c++) {
        refcounts[(int) c]++;
      }
      Content.writeFully(file, end, MemorySegment.ofArray(compressed).asSlice(0, length));
      end += length;
    } else {
      end = (end + Qcow2Writer.CLUSTER - 1) & -Qcow2Writer.CLUSTER;
      entries[n] = Qcow2Writer.COPIED | end;
      refcounts[(int) host(end)]++;
      Content.writeFully(file, end, MemorySegment.ofArray(cluster));
      end += cluster.length;
    }
  }

  private static long host(long position) {
    return position >>> Qcow2Writer.CLUSTER_BITS;
  }

  private int compress(byte[] cluster) {
    if (zstd) {
      long length =
          Zstd.compressByteArray(compressed, 0, compressed.length, cluster, 0, cluster.length, 3);
      return Zstd.isError(length) ? cluster.length : (int) length;
    }
    deflater.reset();
    deflater.setInput(cluster);
    deflater.finish();
    int length = deflater.deflate(compressed);
    return deflater.finished() ? length : cluster.length;
  }
}
