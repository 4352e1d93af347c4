import io.diskformat.spi.DiskFormat;
import io.diskformat.vdi.VdiFormat;

/** The VDI format; found by service, and without API of its own. */
module io.diskformat.vdi {
  requires io.diskformat.core;
  requires static org.jspecify;

  provides DiskFormat with
      VdiFormat;
}
