import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.iso.Iso9660;
import io.diskformat.iso.IsoFormat;
import io.diskformat.iso.udf.Udf;
import io.diskformat.spi.DiskFormat;

/** ISO images and the files on them, found by service; its own API makes images. */
module io.diskformat.iso {
  requires transitive io.diskformat.core;
  requires static org.jspecify;

  exports io.diskformat.iso.build;

  provides DiskFormat with
      IsoFormat;
  provides FileTreeFormat with
      Iso9660,
      Udf;
}
