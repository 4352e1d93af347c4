import io.diskformat.spi.DiskFormat;
import io.diskformat.vmdk.VmdkFormat;

/** The VMDK format; found by service, and without API of its own. */
module io.diskformat.vmdk {
  requires io.diskformat.core;
  requires static org.jspecify;

  provides DiskFormat with
      VmdkFormat;
}
