package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Copies files out of a disk to a directory of the host, whatever the disk says:
 *
 * <pre>{@code
 * try (FileSystem files = DiskFileSystems.open(image)) {
 *   ExtractionReport report = TreeExtraction.of(files.getPath("/")).to(target);
 * }
 * }</pre>
 *
 * <ul>
 *   <li>Nothing is written outside of the directory: not by names, nor through symbolic links, be
 *       they the disk's or there before. Links are made last, and those that lead out of the
 *       directory are left out, unless {@linkplain #anyLinks asked for}.
 *   <li>Files that are there are kept, unless {@linkplain #overwrite asked for}.
 *   <li>Files belong to whoever extracts them, with the permissions that are recorded as far as the
 *       process' umask allows them, and without set-id and sticky bits unless {@linkplain #setIds
 *       asked for}. Devices, pipes and sockets are left out.
 *   <li>The files are counted first, and nothing is written if there is more than {@link #maxFiles}
 *       and {@link #maxBytes} allow.
 * </ul>
 *
 * <p>The report lists what was left out, and files whose content is corrupt. Nobody else must
 * change the directory meanwhile. For one thread, which lets others make small files if there are
 * many; of several files of one name in one directory, any one is made then.
 */
public final class TreeExtraction {
  /** The most files that are extracted unless the caller allows more. */
  public static final long DEFAULT_MAX_FILES = 4_000_000;

  /**
   * The default limit of the content, as a multiple of the disk's size: files may share their
   * content, or be compressed.
   */
  private static final long MOST_TIMES_THE_DISK = 16;

  private static final long AT_LEAST_BYTES = 1L << 30;

  private final TreePath source;
  private long maxFiles = DEFAULT_MAX_FILES;
  private long maxBytes;
  private boolean overwrite;
  private boolean setIds;
  private boolean anyLinks;
  private ProgressListener listener = ProgressListener.NONE;

  private TreeExtraction(TreePath source) {
    this.source = source;
    long size = DiskFileSystemProvider.of(source).store().getTotalSpace();
    this.maxBytes = Math.max(AT_LEAST_BYTES, size);
    if (size < Long.MAX_VALUE / MOST_TIMES_THE_DISK) {
      this.maxBytes = Math.max(AT_LEAST_BYTES, size * MOST_TIMES_THE_DISK);
    }
  }

  /**
   * Begins an extraction.
   *
   * @param source a directory, whose content is extracted, or another file; in a file system of
   *     this library
   * @throws java.nio.file.ProviderMismatchException if it is in another file system
   */
  public static TreeExtraction of(Path source) {
    return new TreeExtraction(DiskFileSystemProvider.ours(source));
  }

  /**
   * Allows as many files and directories; {@link #DEFAULT_MAX_FILES} unless it is called.
   *
   * @throws IllegalArgumentException if that is negative
   */
  public TreeExtraction maxFiles(long files) {
    maxFiles = limit(files);
    return this;
  }

  /**
   * Allows content of as many bytes in all; unless it is called, 16 times the size of the disk, and
   * at least 1 GiB.
   *
   * @throws IllegalArgumentException if that is negative
   */
  public TreeExtraction maxBytes(long bytes) {
    maxBytes = limit(bytes);
    return this;
  }

  private static long limit(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("a negative limit: " + number);
    }
    return number;
  }

  /** Replaces files and links that are there; directories stay. */
  public TreeExtraction overwrite() {
    overwrite = true;
    return this;
  }

  /** Gives files the set-id and sticky bits that are recorded, too. */
  public TreeExtraction setIds() {
    setIds = true;
    return this;
  }

  /** Makes symbolic links that lead out of the directory, too. */
  public TreeExtraction anyLinks() {
    anyLinks = true;
    return this;
  }

  /** Reports progress, in bytes of files' content. */
  public TreeExtraction listener(ProgressListener progress) {
    listener = progress;
    return this;
  }

  /**
   * Extracts.
   *
   * @param directory made if it is not there
   * @return what was made, and what was left out
   * @throws java.nio.file.NoSuchFileException if the source is not there
   * @throws DiskFormatException if there is more than is allowed; nothing is written then
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the disk cannot be read or the host's files not be written; what was
   *     extracted before is left
   */
  public ExtractionReport to(Path directory) throws IOException {
    FileNode node = DiskFileSystemProvider.node(source);
    String name = DiskFileSystemProvider.of(source).deviceName();
    TreeSurvey survey = new TreeSurvey(name, maxFiles, maxBytes);
    visit(node, true, survey);
    Files.createDirectories(directory);
    HostTree host = new HostTree(directory.toRealPath(), overwrite, setIds, anyLinks);
    ExtractionReport.Builder report = new ExtractionReport.Builder();
    // What is changed is for one thread.
    boolean threaded = DiskFileSystemProvider.of(source).isReadOnly();
    try (FileVisitor files = new FileVisitor(host, report, listener, survey, threaded)) {
      visit(node, host.root(), files);
      files.finish();
    }
    if (survey.hasLinks()) {
      visit(node, host.root(), new LinkVisitor(host, report));
    }
    listener.progress(survey.bytes(), survey.bytes());
    return report.build();
  }

  private <D> void visit(FileNode node, D kept, TreeVisit.Visitor<D> visitor) throws IOException {
    if (node.kind() == NodeAttributes.Kind.DIRECTORY) {
      TreeVisit.all(node, kept, visitor);
    } else {
      String name = String.valueOf(source.getFileName());
      visitor.visit(kept, "/" + name, new FileNode.Entry(name, node));
    }
  }
}
