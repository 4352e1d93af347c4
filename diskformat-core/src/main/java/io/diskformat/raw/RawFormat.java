package io.diskformat.raw;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageInput;
import io.diskformat.ImageOutput;
import io.diskformat.Measurement;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.InputRequest;
import io.diskformat.spi.MeasureRequest;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.OutputRequest;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;

/** The raw format: the file is the disk. It has no mark, and so is never recognized. */
public final class RawFormat implements DiskFormat {
  private static final FormatOption PREALLOCATION =
      CommonOptions.preallocation(Preallocation.FALLOC, Preallocation.FULL);

  /** For {@link java.util.ServiceLoader}. */
  public RawFormat() {}

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public boolean recognizes(Probe probe) {
    return false;
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return new RawImage(request.storage(), request.options().isWritable());
  }

  @Override
  public ImageOutput output(OutputRequest request) throws UnsupportedFeatureException {
    if (request.compressed()) {
      throw new UnsupportedFeatureException(request.name(), "compression of a raw image");
    }
    return new RawOutput(request);
  }

  @Override
  public ImageInput input(InputRequest request) {
    return new RawInput(request);
  }

  @Override
  public List<FormatOption> options() {
    return List.of(PREALLOCATION);
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    Storage storage = request.storage();
    CreateOptions options = request.options();
    switch (PREALLOCATION.in(options, Preallocation.class)) {
      case OFF, METADATA -> storage.resize(options.size());
      case FALLOC -> storage.reserve(0, options.size());
      case FULL -> {
        storage.reserve(0, options.size());
        writeZeroes(storage, options.size());
      }
    }
  }

  /** The file is the disk, and so is as long, whatever is stored. */
  @Override
  public Measurement measure(MeasureRequest request) {
    return Measurement.of(request.size(), request.size());
  }

  private static void writeZeroes(Storage storage, long size) throws IOException {
    byte[] zeroes = new byte[1 << 20];
    for (long at = 0; at < size; at += zeroes.length) {
      int length = (int) Math.min(zeroes.length, size - at);
      storage.write(at, java.lang.foreign.MemorySegment.ofArray(zeroes).asSlice(0, length));
    }
  }
}
