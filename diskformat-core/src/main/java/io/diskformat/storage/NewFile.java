package io.diskformat.storage;

import io.diskformat.storage.FileStorage.Sharing;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A new file. Unless {@link #commit()} succeeded, closing it deletes it, and a file that was there
 * before is unchanged.
 *
 * <p>It is written under a temporary name in its final directory, and renamed only when it is
 * complete, so that a partial file is never taken for a whole one. An existing file that can be
 * written, but whose name cannot be taken over, is written in place: it loses its content at once,
 * and is left empty if the new content is not completed.
 *
 * <p>Nobody sees it before it is complete, so that nothing need be durable before: flushing its
 * storage does nothing, and {@link #commit()} makes all of it durable at once.
 *
 * <p>In error messages, it and its storage have the name that the caller gave.
 */
public abstract sealed class NewFile implements Closeable permits RenamedFile, RewrittenFile {
  /** The largest number of symbolic links in a path: that of the Linux kernel. */
  private static final int MAX_LINKS = 40;

  final Path target;
  final String name;
  private final FileStorage storage;

  /**
   * Open from the start, because the host need not report earlier failed writes to a channel that
   * is opened later.
   */
  private final FileChannel whole;

  /** Whether the host is making the file durable. */
  private boolean underWay;

  private boolean committed;
  private boolean closed;

  /**
   * Creates a new file.
   *
   * @param target its final path, which is no symbolic link
   * @param name its name in error messages
   * @param storage its bytes, with a path that leads to them
   */
  NewFile(Path target, String name, FileStorage storage) throws IOException {
    this.target = target;
    this.name = name;
    this.storage = storage;
    try {
      this.whole = FileChannel.open(storage.path().orElseThrow(), StandardOpenOption.WRITE);
    } catch (FileSystemException e) {
      throw TargetErrors.of(name, e);
    }
  }

  /**
   * Returns a new file, which is written beside its final path.
   *
   * @param path its final path; if that is a symbolic link, the path that the link leads to, even
   *     if no file is there
   * @param replace whether an existing file is replaced
   * @throws FileAlreadyExistsException if a file exists and is not to be replaced, or is no regular
   *     file
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws IOException if the file cannot be created
   */
  public static NewFile beside(Path path, boolean replace) throws IOException {
    String name = path.toString();
    if (!Files.exists(path)) {
      Path target = endOfLinks(path);
      PartialFile.sweep(target);
      return RenamedFile.begin(PartialFile.create(target, name, false), name, replace);
    }
    if (!replace || !Files.isRegularFile(path)) {
      throw new FileAlreadyExistsException(
          name, null, replace ? "not a regular file" : "already there");
    }
    Path target = path.toRealPath();
    FileStorage.open(target, name, Files.isWritable(target), Sharing.LOCKED).close();
    if (!RenameRights.mayReplace(target)) {
      return RewrittenFile.begin(target, name);
    }
    PartialFile.sweep(target);
    PartialFile partial = PartialFile.create(target, name, true);
    boolean renamed = false;
    try {
      renamed = RenameRights.mayReplace(target, partial.path());
    } finally {
      if (!renamed) {
        partial.discard();
      }
    }
    return renamed ? RenamedFile.begin(partial, name, true) : RewrittenFile.begin(target, name);
  }

  /** Returns the path that a symbolic link leads to, even if no file is there. */
  private static Path endOfLinks(Path path) throws IOException {
    Path end = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(end); links++) {
      if (links == MAX_LINKS) {
        throw new FileSystemException(path.toString(), null, "too many symbolic links");
      }
      end = end.resolveSibling(Files.readSymbolicLink(end));
    }
    return end;
  }

  /** Returns the file's bytes. The storage is closed with this object. */
  public final FileStorage storage() {
    return storage;
  }

  /**
   * Makes the file durable and gives it its final name, which is made durable as well where the
   * host can do that. The storage may be closed before. An interrupt that comes when the file has
   * its name does not make this fail; the flag is set again.
   *
   * @throws FileAlreadyExistsException if somebody else created a file there meanwhile
   * @throws io.diskformat.ImageLockedException if somebody began to write the file to be replaced
   *     meanwhile
   * @throws InterruptedIOException if the thread is interrupted before the file has its name
   * @throws IOException if the file cannot be made durable or renamed
   */
  public final void commit() throws IOException {
    commit(List.of(this));
  }

  /**
   * Commits several files as {@link #commit()} does one: each gets its name when those before it
   * have theirs, durably; if this throws, none has its name.
   *
   * @throws IOException if one cannot be made durable or renamed
   */
  public static void commit(List<NewFile> files) throws IOException {
    for (NewFile file : files) {
      file.makeDurable();
    }
    int begun = 0;
    try {
      while (begun < files.size()) {
        NewFile file = files.get(begun++);
        try {
          file.give();
        } catch (FileSystemException e) {
          throw TargetErrors.of(file.name, e);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      while (begun > 0) {
        files.get(--begun).takeBackAfter(e);
      }
      throw e;
    }
    for (NewFile file : files) {
      file.committed = true;
      file.settle();
    }
  }

  private void takeBackAfter(Throwable failure) {
    try {
      takeBack();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Makes the file durable. An interrupt meanwhile ends that, and then it is unknown whether the
   * file is durable. An interrupt that came before is left to the caller.
   */
  private void makeDurable() throws IOException {
    storage.becomeSeen();
    boolean interruptedBefore = Thread.interrupted();
    underWay = true;
    try {
      Aside.force(whole);
      underWay = false;
    } catch (InterruptedIOException e) {
      InterruptedIOException interrupted =
          new InterruptedIOException(name + ": interrupted while it was made durable");
      interrupted.initCause(e);
      throw interrupted;
    } catch (IOException e) {
      underWay = false;
      throw TargetErrors.durable(name, e);
    } finally {
      if (interruptedBefore) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives the file its final name, durably. */
  abstract void give() throws IOException;

  /** Undoes what {@link #give()} did, however far it got. */
  abstract void takeBack() throws IOException;

  /** Releases what {@link #takeBack()} would need. */
  abstract void settle();

  /** Removes the written content. The storage may be closed or open, and is closed afterwards. */
  abstract void discard() throws IOException;

  @Override
  public final void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (storage) {
      if (!committed) {
        discard();
      }
    } catch (IOException e) {
      // A failure to close a durable file loses nothing.
      if (!committed) {
        throw e;
      }
    } finally {
      closeWhole();
    }
  }

  private void closeWhole() {
    if (committed || !whole.isOpen()) {
      closeNow();
    } else {
      Aside.close(whole, underWay);
    }
  }

  /** Closes the channel that makes the file durable, waiting for the host if that is under way. */
  final void closeNow() {
    try {
      whole.close();
    } catch (IOException e) {
      // What is durable is not lost by that, and the rest is not wanted.
    }
  }

  /**
   * Returns whether closing any channel of the file takes away all locks that this process has on
   * it, as it does where there are no native calls.
   */
  final boolean closingUnlocks() {
    return storage.file().nativeFile() == null;
  }
}
