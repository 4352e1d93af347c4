import io.diskformat.filesystem.DiskFileSystemProvider;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.luks.LuksFormat;
import io.diskformat.raw.RawFormat;
import io.diskformat.spi.DiskFormat;
import java.nio.file.spi.FileSystemProvider;

/** The diskformat API, the format SPI, the raw format, and engines over any block device. */
module io.diskformat.core {
  requires com.google.common;
  requires static com.sun.jna;
  requires static jdk.jfr;
  requires static org.bouncycastle.provider;
  requires static org.jspecify;

  exports io.diskformat;
  exports io.diskformat.channel;
  exports io.diskformat.crypto;
  exports io.diskformat.device;
  exports io.diskformat.filesystem;
  exports io.diskformat.inspect;
  exports io.diskformat.layer;
  exports io.diskformat.luks;
  exports io.diskformat.maintenance;
  exports io.diskformat.onepass;
  exports io.diskformat.picture;
  exports io.diskformat.spi;
  exports io.diskformat.storage;
  exports io.diskformat.table;
  exports io.diskformat.transfer;

  uses DiskFormat;
  uses FileTreeFormat;

  provides DiskFormat with
      LuksFormat,
      RawFormat;
  provides FileSystemProvider with
      DiskFileSystemProvider;
}
