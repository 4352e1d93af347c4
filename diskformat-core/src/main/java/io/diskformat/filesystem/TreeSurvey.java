package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Counts what there is to extract before anything is written, and throws if it is more than is
 * allowed.
 */
final class TreeSurvey implements TreeVisit.Visitor<Boolean> {
  private final String name;
  private final long maxFiles;
  private final long maxBytes;
  private long files;
  private long bytes;
  private boolean hasLinks;

  /**
   * Creates a survey.
   *
   * @param name of the device, for errors
   */
  TreeSurvey(String name, long maxFiles, long maxBytes) {
    this.name = name;
    this.maxFiles = maxFiles;
    this.maxBytes = maxBytes;
  }

  /** Returns how long all files are, in bytes. */
  long bytes() {
    return bytes;
  }

  /** Returns how many files and directories there are. */
  long files() {
    return files;
  }

  /** Returns whether any file is a symbolic link. */
  boolean hasLinks() {
    return hasLinks;
  }

  @Override
  public Boolean enter(@Nullable Boolean parent, String path, FileNode.Entry directory)
      throws IOException {
    count(0);
    return true;
  }

  @Override
  public void visit(Boolean parent, String path, FileNode.Entry file) throws IOException {
    NodeAttributes attributes;
    try {
      attributes = file.node().attributes();
    } catch (DiskFormatException e) {
      // The extraction will leave it out.
      return;
    }
    hasLinks |= attributes.kind() == NodeAttributes.Kind.SYMBOLIC_LINK;
    count(attributes.kind() == NodeAttributes.Kind.FILE ? attributes.size() : 0);
  }

  private void count(long size) throws DiskFormatException {
    files++;
    if (files > maxFiles) {
      throw new DiskFormatException(
          name + ": holds more than " + maxFiles + " files, as many as are allowed");
    }
    if (size > maxBytes - bytes) {
      throw new DiskFormatException(
          name + ": holds files of more than " + maxBytes + " bytes, as many as are allowed");
    }
    bytes += size;
  }

  @Override
  public void leave(Boolean directory, FileNode node) {}

  /** The rest is extracted all the same. */
  @Override
  public void unreadable(String path, DiskFormatException why) {}
}
