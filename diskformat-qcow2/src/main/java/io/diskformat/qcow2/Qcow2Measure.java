package io.diskformat.qcow2;

import io.diskformat.DirtyBitmap;
import io.diskformat.DiskImage;
import io.diskformat.Measurement;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.MeasureRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Measures how large an image will be, as QEMU counts it: what is required includes the tables that
 * the whole disk would need, so it is never too little, and often too much.
 */
final class Qcow2Measure {
  private final MeasureRequest request;
  private final Qcow2Options options;
  private final long cluster;

  private Qcow2Measure(MeasureRequest request, Qcow2Options options) {
    this.request = request;
    this.options = options;
    this.cluster = 1L << options.clusterBits();
  }

  static Measurement run(MeasureRequest request) throws IOException {
    Qcow2Options options = Qcow2Options.of(request.name(), request.options());
    return new Qcow2Measure(request, options).measure();
  }

  private Measurement measure() throws IOException {
    long data = roundUp(request.size(), cluster);
    long encryption = options.encryption().map(luks -> roundUp(luks.length(), cluster)).orElse(0L);
    long all = data + metadata(data) + encryption;
    return new Measurement(all - data + requiredData(data), all, bitmaps());
  }

  private long requiredData(long data) throws IOException {
    Preallocation preallocation = options.preallocation();
    boolean allocated =
        preallocation == Preallocation.FULL || preallocation == Preallocation.FALLOC;
    // What differs from a backing file is not known.
    boolean unknown = options.backingFile().isPresent() && request.source().isPresent();
    return allocated || unknown ? data : request.dataIn(cluster);
  }

  /** Returns what the tables take once the whole disk is stored. */
  private long metadata(long data) {
    long l2Entry = 1L << L2Entry.sizeBits(options.extendedL2());
    long l2 = roundUp(data / cluster, cluster / l2Entry) * l2Entry;
    long l1 = roundUp(l2 / cluster, cluster / Long.BYTES) * Long.BYTES;
    long tables = cluster + l2 + l1;
    RefcountBlock refcounts = RefcountBlock.of(options.refcountOrder(), options.clusterBits());
    return tables + refcounts.sizeFor((tables + data) / cluster).clusters() * cluster;
  }

  private OptionalLong bitmaps() throws IOException {
    Optional<DiskImage> source = request.source();
    if (options.version() < 3 || source.isEmpty() || !source.get().keepsBitmaps()) {
      return OptionalLong.empty();
    }
    long bytes = 0;
    long directory = 0;
    for (DirtyBitmap bitmap : source.get().bitmaps()) {
      if (!bitmap.inconsistent()) {
        long clusters =
            Math.ceilDiv(
                Math.ceilDiv(Math.ceilDiv(request.size(), bitmap.granularity()), 8), cluster);
        bytes += clusters * cluster + roundUp(clusters * Long.BYTES, cluster);
        int nameLength = bitmap.name().getBytes(StandardCharsets.UTF_8).length;
        directory += BitmapEntry.length(nameLength, 0);
      }
    }
    return OptionalLong.of(bytes + roundUp(directory, cluster));
  }

  private static long roundUp(long value, long unit) {
    return Math.ceilDiv(value, unit) * unit;
  }
}
