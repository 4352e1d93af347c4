package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import io.diskformat.ProgressListener;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes the directories and regular files of a tree: small files by several threads, if there are
 * many, and large ones itself.
 */
final class FileVisitor implements TreeVisit.Visitor<Path>, Closeable {
  private static final int SMALL = 1 << 18;

  private final HostTree host;
  private final ExtractionReport.Builder report;
  private final ProgressListener listener;
  private final TreeSurvey survey;
  private final FileMaker maker;
  private final @Nullable FileMakers makers;
  private long done;

  /**
   * Creates a visitor.
   *
   * @param threaded whether other threads may read files at the same time
   */
  FileVisitor(
      HostTree host,
      ExtractionReport.Builder report,
      ProgressListener listener,
      TreeSurvey survey,
      boolean threaded) {
    this.host = host;
    this.report = report;
    this.listener = listener;
    this.survey = survey;
    this.maker = new FileMaker(host, this::copied, threaded);
    // Who replaces a file may replace another one's of the same name.
    boolean several = threaded && !host.replaces();
    this.makers = several ? FileMakers.of(host, survey.files(), this::made) : null;
  }

  private void copied(long bytes) throws IOException {
    done += bytes;
    listener.progress(Math.min(done, survey.bytes()), survey.bytes());
  }

  private void made(String path, FileMaker.Outcome outcome) throws IOException {
    report(path, outcome);
    copied(outcome.size());
  }

  private void report(String path, FileMaker.Outcome outcome) {
    if (outcome.problem() == null) {
      report.file(outcome.size());
    } else {
      report.leaveOut(path, outcome.problem());
    }
  }

  @Override
  public @Nullable Path enter(@Nullable Path parent, String path, FileNode.Entry directory)
      throws IOException {
    Path child = child(parent, path, directory);
    if (child == null) {
      return null;
    }
    try {
      if (host.makeDirectory(child, directory.node().attributes().posix())) {
        report.directory();
        return child;
      }
      report.leaveOut(path, "is there already, and is no directory");
    } catch (FileSystemException e) {
      report.leaveOut(path, "cannot be made: " + FileMaker.reason(e));
    } catch (DiskFormatException e) {
      unreadable(path, e);
    }
    return null;
  }

  private @Nullable Path child(@Nullable Path parent, String path, FileNode.Entry entry) {
    Path child = parent == null ? null : host.child(parent, entry.name());
    if (child == null) {
      report.leaveOut(path, "has a name that no file of this host can have");
    }
    return child;
  }

  @Override
  public void visit(Path parent, String path, FileNode.Entry file) throws IOException {
    FileNode node = file.node();
    switch (node.kind()) {
      case FILE -> {
        Path child = child(parent, path, file);
        if (child != null) {
          extract(child, path, node);
        }
      }
      case OTHER -> report.leaveOut(path, "is a device, a pipe or a socket");
      default -> {}
    }
  }

  private void extract(Path child, String path, FileNode node) throws IOException {
    if (makers != null && isSmall(node)) {
      makers.make(child, path, node);
    } else {
      report(path, maker.make(child, node));
    }
  }

  private static boolean isSmall(FileNode node) throws IOException {
    try {
      return node.attributes().size() <= SMALL;
    } catch (DiskFormatException e) {
      return false;
    }
  }

  @Override
  public void leave(Path directory, FileNode node) throws IOException {
    if (survey.hasLinks()) {
      // More is to come into it.
      return;
    }
    if (makers == null) {
      host.finishDirectory(directory, node.attributes());
    } else {
      makers.after(() -> host.finishDirectory(directory, node.attributes()));
    }
  }

  @Override
  public void unreadable(String path, DiskFormatException why) {
    report.leaveOut(path, "cannot be read: " + why.getMessage());
  }

  /** Waits until all files are there. */
  void finish() throws IOException {
    if (makers != null) {
      makers.finish();
    }
  }

  /** Makes no more files. */
  @Override
  public void close() {
    if (makers != null) {
      makers.close();
    }
  }
}
