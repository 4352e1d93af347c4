package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes the symbolic links of a tree whose directories and files are there. */
final class LinkVisitor implements TreeVisit.Visitor<Path> {
  private final HostTree host;
  private final ExtractionReport.Builder report;

  LinkVisitor(HostTree host, ExtractionReport.Builder report) {
    this.host = host;
    this.report = report;
  }

  @Override
  public @Nullable Path enter(@Nullable Path parent, String path, FileNode.Entry directory) {
    Path child = parent == null ? null : host.child(parent, directory.name());
    return child != null && HostTree.isDirectory(child) ? child : null;
  }

  @Override
  public void visit(Path parent, String path, FileNode.Entry file) throws IOException {
    if (file.node().kind() != NodeAttributes.Kind.SYMBOLIC_LINK) {
      return;
    }
    String target;
    try {
      target = file.node().linkTarget();
    } catch (DiskFormatException e) {
      report.leaveOut(path, "cannot be read: " + e.getMessage());
      return;
    }
    Path child = host.child(parent, file.name());
    try {
      if (child == null) {
        report.leaveOut(path, "has a name that no file of this host can have");
      } else if (!host.mayLink(child, target)) {
        report.leaveOut(path, "leads out of the directory, to " + target);
      } else {
        host.makeLink(child, target);
        report.link();
      }
    } catch (FileAlreadyExistsException e) {
      report.leaveOut(path, "is there already");
    } catch (FileSystemException | InvalidPathException | UnsupportedOperationException e) {
      report.leaveOut(path, "cannot be made: " + e.getMessage());
    }
  }

  @Override
  public void leave(Path directory, FileNode node) throws IOException {
    host.finishDirectory(directory, node.attributes());
  }

  /** It has been reported already. */
  @Override
  public void unreadable(String path, DiskFormatException why) {}
}
