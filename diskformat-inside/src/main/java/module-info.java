import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.inside.ext.Ext;
import io.diskformat.inside.fat.Fat;
import io.diskformat.inside.xfs.Xfs;

/** The volumes of a disk, and the files inside of them. */
module io.diskformat.inside {
  requires transitive io.diskformat.core;
  requires static org.jspecify;

  exports io.diskformat.inside;
  exports io.diskformat.inside.content;

  provides FileTreeFormat with
      Ext,
      Fat,
      Xfs;
}
