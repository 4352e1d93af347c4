import io.diskformat.qcow2.Qcow2Format;
import io.diskformat.spi.DiskFormat;

/** The qcow2 format; found by service, and without API of its own. */
@SuppressWarnings("module") // the name of the format ends in a digit
module io.diskformat.qcow2 {
  requires io.diskformat.core;
  requires static com.github.luben.zstd_jni;
  requires static org.jspecify;

  provides DiskFormat with
      Qcow2Format;
}
