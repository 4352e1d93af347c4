package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes the directories and regular files of a tree. */
final class FileVisitor implements TreeVisit.Visitor<Path> {
  private static final int BUFFER = 1 << 20;

  private final HostTree host;
  private final ExtractionReport.Builder report;
  private final ProgressListener listener;
  private final TreeSurvey survey;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private long done;

  FileVisitor(
      HostTree host,
      ExtractionReport.Builder report,
      ProgressListener listener,
      TreeSurvey survey) {
    this.host = host;
    this.report = report;
    this.listener = listener;
    this.survey = survey;
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
      report.leaveOut(path, "cannot be made: " + reason(e));
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

  private static String reason(FileSystemException e) {
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
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
    BlockDevice content;
    NodeAttributes attributes;
    try {
      attributes = node.attributes();
      content = node.content();
    } catch (DiskFormatException e) {
      report.leaveOut(path, "cannot be read: " + e.getMessage());
      return;
    }
    FileChannel channel;
    try {
      channel = host.makeFile(child, attributes.posix());
    } catch (FileAlreadyExistsException e) {
      report.leaveOut(path, "is there already");
      return;
    } catch (FileSystemException e) {
      report.leaveOut(path, "cannot be made: " + reason(e));
      return;
    }
    boolean complete = false;
    try (channel) {
      copy(content, channel);
      complete = true;
    } catch (DiskFormatException e) {
      report.leaveOut(path, "cannot be read: " + e.getMessage());
    } finally {
      if (!complete) {
        Files.delete(child);
      }
    }
    if (complete) {
      host.finishFile(child, attributes);
      report.file(content.size());
    }
  }

  private void copy(BlockDevice content, FileChannel to) throws IOException {
    long size = content.size();
    if (size <= BUFFER) {
      copy(content, 0, size, to);
      return;
    }
    content.willRead(0, size);
    ExtentCursor extents = content.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (!extent.readsAsZeroes()) {
        copy(content, extent.offset(), extent.length(), to);
      } else {
        done += extent.length();
      }
    }
    if (to.size() < size) {
      // The file ends with a hole, or is nothing but a hole.
      to.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  private void copy(BlockDevice content, long from, long length, FileChannel to)
      throws IOException {
    for (long at = from; at < from + length; ) {
      buffer.clear().limit((int) Math.min(BUFFER, from + length - at));
      content.read(at, buffer);
      buffer.flip();
      int count = buffer.limit();
      for (long position = at; buffer.hasRemaining(); ) {
        position += to.write(buffer, position);
      }
      at += count;
      done += count;
      listener.progress(Math.min(done, survey.bytes()), survey.bytes());
    }
  }

  @Override
  public void leave(Path directory, FileNode node) throws IOException {
    if (!survey.hasLinks()) {
      host.finishDirectory(directory, node.attributes());
    }
  }

  @Override
  public void unreadable(String path, DiskFormatException why) {
    report.leaveOut(path, "cannot be read: " + why.getMessage());
  }
}
