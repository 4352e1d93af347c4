import io.diskformat.raw.RawFormat;
import io.diskformat.spi.DiskFormat;

/** The diskformat API, the format SPI, the raw format, and engines over any block device. */
module io.diskformat.core {
  requires com.google.common;
  requires static com.sun.jna;
  requires static org.bouncycastle.provider;
  requires static org.jspecify;

  exports io.diskformat;
  exports io.diskformat.channel;
  exports io.diskformat.spi;
  exports io.diskformat.storage;
  exports io.diskformat.transfer;

  uses DiskFormat;

  provides DiskFormat with
      RawFormat;
}
