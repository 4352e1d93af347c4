package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An edit of a volume. */
final class ExtEdit implements FileTreeEdit {
  private static final int TYPE = 0170000;
  private static final int PERMISSIONS = 07777;
  private static final int ALL = 0777;
  private static final int ALL_OF_FILES = 0666;

  private final BlockDevice device;
  private final ExtChanges changes;
  private final BlockAllocator blocks;
  private final InodeAllocator inodes;
  private final FileEdit files;
  private final DirectoryEdit directories;
  private final TreeEdit tree;
  private boolean ended;
  private @Nullable Commit prepared;

  private ExtEdit(BlockDevice device, ExtChanges changes) throws IOException {
    this.device = device;
    this.changes = changes;
    this.blocks = new BlockAllocator(changes, EditGate.fixed(changes.superblock()));
    this.inodes = new InodeAllocator(changes, blocks);
    this.files = new FileEdit(changes, blocks);
    this.directories = new DirectoryEdit(changes, blocks);
    this.tree = new TreeEdit(changes, blocks, inodes, files, directories);
  }

  /**
   * Begins an edit.
   *
   * @param now the time that is recorded of it
   */
  static ExtEdit of(BlockDevice device, Instant now) throws IOException {
    if (!device.isWritable()) {
      throw new UnsupportedOperationException(device + ": not writable");
    }
    ExtChanges changes = new ExtChanges(device, now);
    EditGate.check(changes.volume());
    return new ExtEdit(device, changes);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Makes all of a change, or none of it. */
  private void step(Step step) throws IOException {
    checkOpen();
    changes.begin();
    boolean done = false;
    try {
      step.run();
      checkMoves();
      done = true;
    } finally {
      if (!done) {
        changes.undo();
      }
    }
  }

  /** Directories move all at once, by the journal, whose size limits how many blocks that takes. */
  private void checkMoves() throws IOException {
    NameChanges names = changes.names();
    if (!names.moveBlocks().isEmpty()
        && names.moveBlocks().size() > JournalTransaction.mostBlocks(changes)) {
      throw changes.unsupported(
          "moving %d directories at once in ext4 with its journal, or any without one"
              .formatted(names.moved().size()));
    }
  }

  private void checkOpen() {
    if (ended) {
      throw new IllegalStateException(device + ": the edit has ended");
    }
  }

  private long number(FileNode node) {
    if (node instanceof ExtNode own && own.isOf(changes.volume())) {
      return own.number();
    }
    throw new IllegalArgumentException("no file of this edit: " + node);
  }

  private InodeChange change(FileNode node) throws IOException {
    return InodeChange.of(changes, number(node));
  }

  private InodeChange changeContent(FileNode node) throws IOException {
    InodeChange file = change(node);
    EditGate.checkContent(changes.volume(), file.inode());
    return file;
  }

  private InodeChange changeAttributes(FileNode node) throws IOException {
    InodeChange file = change(node);
    EditGate.checkAttributes(changes.volume(), file.inode());
    return file;
  }

  @Override
  public FileTree tree() {
    checkOpen();
    return new ExtTree(changes.volume(), directories.lookup());
  }

  @Override
  public void write(FileNode file, long position, MemorySegment source) throws IOException {
    if (position < 0) {
      throw new IllegalArgumentException("a position of " + position);
    }
    step(() -> files.write(changeContent(file), position, source));
  }

  @Override
  public void setSize(FileNode file, long size) throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("a size of " + size);
    }
    step(() -> files.setSize(changeContent(file), size));
  }

  @Override
  public void createFile(FileNode directory, String name, int permissions) throws IOException {
    step(() -> tree.createFile(number(directory), name, permissions));
  }

  @Override
  public void createDirectory(FileNode directory, String name, int permissions) throws IOException {
    step(() -> tree.createDirectory(number(directory), name, permissions));
  }

  @Override
  public void createSymbolicLink(FileNode directory, String name, String target)
      throws IOException {
    step(() -> tree.createSymbolicLink(number(directory), name, target));
  }

  @Override
  public void delete(FileNode directory, String name) throws IOException {
    step(() -> tree.delete(number(directory), name));
  }

  @Override
  public void rename(FileNode directory, String name, FileNode newDirectory, String newName)
      throws IOException {
    step(() -> {
      try {
        tree.rename(number(directory), name, number(newDirectory), newName);
      } catch (FileAlreadyExistsException e) {
        checkReplacing(number(directory), name, number(newDirectory), newName);
        throw e;
      }
    });
  }

  /**
   * Fails unless a file could get a name once what has it is deleted; tries it, in a step that is
   * taken back.
   */
  private void checkReplacing(long directory, String name, long newDirectory, String newName)
      throws IOException {
    try {
      tree.delete(newDirectory, newName);
    } catch (DirectoryNotEmptyException e) {
      // Whoever deletes it hears of that.
      return;
    }
    tree.rename(directory, name, newDirectory, newName);
    checkMoves();
  }

  @Override
  public void replace(FileNode directory, String name, String newName) throws IOException {
    step(() -> {
      tree.delete(number(directory), newName);
      tree.rename(number(directory), name, number(directory), newName);
    });
  }

  @Override
  public int usualPermissions(FileNode directory, boolean ofDirectory) throws IOException {
    Inode inode = changes.volume().inode(number(directory));
    if (AccessLists.ofNewFiles(changes.volume(), inode) == null) {
      return FileTreeEdit.super.usualPermissions(directory, ofDirectory);
    }
    return ofDirectory ? ALL : ALL_OF_FILES;
  }

  @Override
  public void setPermissions(FileNode file, int permissions) throws IOException {
    step(() -> {
      InodeChange change = changeAttributes(file);
      new AccessLists(changes, blocks).set(change, permissions);
      change.setMode((change.inode().mode() & TYPE) | (permissions & PERMISSIONS));
      change.touch();
      change.save();
    });
  }

  @Override
  public void setOwner(FileNode file, long owner, long group) throws IOException {
    if (owner >>> Integer.SIZE != 0 || group >>> Integer.SIZE != 0) {
      throw new IllegalArgumentException("no owner " + owner + " and group " + group);
    }
    step(() -> {
      InodeChange change = changeAttributes(file);
      blocks.checkCharging();
      change.setOwner(owner, group);
      change.touch();
      change.save();
    });
  }

  @Override
  public void setTimes(FileNode file, @Nullable FileTime modified, @Nullable FileTime accessed)
      throws IOException {
    step(() -> {
      InodeChange change = changeAttributes(file);
      if (modified != null) {
        change.setModified(modified);
      }
      if (accessed != null) {
        change.setAccessed(accessed);
      }
      change.touch();
      change.save();
    });
  }

  @Override
  public void prepare() throws IOException {
    checkOpen();
    ended = true;
    Commit all = new Commit(changes, blocks, inodes, directories, device);
    all.prepare();
    prepared = all;
  }

  @Override
  public void commit() throws IOException {
    if (prepared == null) {
      prepare();
    }
    Commit all = Objects.requireNonNull(prepared);
    prepared = null;
    all.write();
  }

  @Override
  public void close() {
    ended = true;
    prepared = null;
  }
}
