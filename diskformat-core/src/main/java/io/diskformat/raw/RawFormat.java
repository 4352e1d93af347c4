package io.diskformat.raw;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** The raw format. It has no mark, and so is never recognized. */
public final class RawFormat implements DiskFormat {
  private static final String PREALLOCATION = "preallocation";

  /** For {@link java.util.ServiceLoader}. */
  public RawFormat() {}

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public boolean recognizes(byte[] head) {
    return false;
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return new RawImage(request.storage(), request.options().isWritable());
  }

  /**
   * Takes one option: {@code preallocation}, which is {@code off}, {@code falloc} or {@code full}.
   */
  @Override
  public void create(Storage storage, CreateOptions options) throws IOException {
    for (String option : options.options().keySet()) {
      if (!option.equals(PREALLOCATION)) {
        throw new IllegalArgumentException("raw images have no option \"" + option + "\"");
      }
    }
    String preallocation = options.option(PREALLOCATION).orElse("off");
    switch (preallocation) {
      case "off" -> storage.resize(options.size());
      case "falloc" -> storage.reserve(0, options.size());
      case "full" -> {
        storage.reserve(0, options.size());
        writeZeroes(storage, options.size());
      }
      default ->
          throw new IllegalArgumentException(
              "preallocation of a raw image must be off, falloc or full: " + preallocation);
    }
  }

  private static void writeZeroes(Storage storage, long size) throws IOException {
    byte[] zeroes = new byte[1 << 20];
    for (long at = 0; at < size; at += zeroes.length) {
      int length = (int) Math.min(zeroes.length, size - at);
      storage.write(at, java.lang.foreign.MemorySegment.ofArray(zeroes).asSlice(0, length));
    }
  }
}
