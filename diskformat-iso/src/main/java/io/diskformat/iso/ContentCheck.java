package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Checks that all files of a tree can be listed and have their content, as readers see them. */
final class ContentCheck {
  /** The most names of a directory to compare; a larger one is only listed. */
  private static final int MOST_NAMES = 1 << 18;

  private final DeviceBytes disc;
  private final CheckReport.Builder report;
  private final String kind;

  /** Whether names must differ: those of the plain tree need not, without their versions. */
  private final boolean unique;

  private final Optional<FileChecksums> checksums;

  private ContentCheck(
      DeviceBytes disc,
      CheckReport.Builder report,
      String kind,
      Optional<FileChecksums> checksums) {
    this.disc = disc;
    this.report = report;
    this.kind = kind;
    this.unique = !kind.equals(TreeKind.PLAIN.option());
    this.checksums = checksums;
  }

  static void of(DeviceBytes disc, FileTree tree, CheckReport.Builder report) throws IOException {
    Optional<FileChecksums> checksums =
        tree.root() instanceof IsoDirectory root
            ? FileChecksums.of(disc, root, report)
            : Optional.empty();
    new ContentCheck(disc, report, tree.kind(), checksums).directory("", tree.root());
  }

  private void problem(String path, DiskFormatException e) {
    Unreadable.add(report, disc, "file " + printable(path) + " of tree " + kind, e);
  }

  static String printable(String path) {
    return path.replaceAll("\\p{Cntrl}", "\ufffd");
  }

  private void directory(String path, FileNode directory) throws IOException {
    Set<String> names = new HashSet<>();
    try {
      FileNode.Cursor cursor = directory.list();
      for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
        String child = path + "/" + entry.name();
        if (unique && names.size() < MOST_NAMES && !names.add(entry.name())) {
          report.corruption(
              "file " + printable(child) + " of tree " + kind, -1, "there already", "a new name");
        }
        file(child, entry.node());
      }
    } catch (DiskFormatException e) {
      problem(path + "/", e);
    }
  }

  private void file(String path, FileNode node) throws IOException {
    if (node.kind() == Kind.DIRECTORY) {
      directory(path, node);
    } else if (node.kind() == Kind.FILE) {
      try {
        BlockDevice content = node.content();
        // What decodes looks at its pointers for that.
        if (content.size() > 0) {
          content.extents(content.size() - 1, 1).next();
        }
        if (checksums.isPresent() && node instanceof IsoFile file) {
          checksums.get().check("file " + printable(path) + " of tree " + kind, file);
        }
      } catch (DiskFormatException e) {
        problem(path, e);
      }
    }
  }
}
