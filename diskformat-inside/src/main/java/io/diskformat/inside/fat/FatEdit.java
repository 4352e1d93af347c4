package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An edit of a volume. Each change first finds all that it needs, which may throw, and then makes
 * its changes in memory. Not thread-safe.
 */
final class FatEdit implements FileTreeEdit {
  private static final int WRITABLE = 0222;
  private static final int READABLE = 0444;

  private final BlockDevice device;
  private final ChangedDevice changed;
  private final FatVolume volume;
  private final FatTree tree;
  private final TableEdit table;
  private final DirectoryEdit directories;
  private final FileEdit files;
  private final FileTime now = FileTime.from(Instant.now());
  private boolean ended;
  private boolean prepared;

  /** Whether a change was begun and not ended, so that what is in memory may be half of one. */
  private boolean broken;

  private FatEdit(BlockDevice device, ChangedDevice changed, FatVolume volume, String label)
      throws IOException {
    this.device = device;
    this.changed = changed;
    this.volume = volume;
    this.tree = new FatTree(volume, label);
    this.table = new TableEdit(volume, changed, FatGate.check(volume, "changing a FAT"));
    this.directories = new DirectoryEdit(volume, changed, table);
    this.files = new FileEdit(volume, changed, table);
  }

  /** Begins an edit; short names are encoded in the code page. */
  static FatEdit of(BlockDevice device, Charset codePage) throws IOException {
    if (!device.isWritable()) {
      throw new UnsupportedOperationException(device + ": not writable");
    }
    FatVolume stored = new FatVolume(device, codePage);
    ChangedDevice changed = new ChangedDevice(device, stored.boot().sectorSize());
    String label = VolumeLabel.of(stored.bytes(), stored.boot(), codePage);
    return new FatEdit(device, changed, new FatVolume(changed, codePage), label);
  }

  /** A change in memory, which has found all that it needs. */
  private interface Change {
    void run() throws IOException;
  }

  private void make(Change change) throws IOException {
    broken = true;
    change.run();
    broken = false;
  }

  private void checkOpen() {
    if (ended) {
      throw new IllegalStateException("the edit has ended");
    }
  }

  @Override
  public FileTree tree() {
    checkOpen();
    return tree;
  }

  private FatNode own(FileNode node) {
    checkOpen();
    if (node instanceof FatNode own && own.volume() == volume) {
      return own;
    }
    throw new IllegalArgumentException("a file of another tree");
  }

  private FatNode directory(FileNode node) throws FileSystemException {
    FatNode directory = own(node);
    if (directory.kind() != Kind.DIRECTORY) {
      throw new FileSystemException(volume.device().toString(), null, "not a directory");
    }
    return directory;
  }

  /** Returns the entry of a file or directory as it is now, of its own, to be changed. */
  private FatEntry entry(FileNode node, String what) throws IOException {
    FatEntry entry = own(node).entry();
    if (entry == null) {
      throw new UnsupportedFeatureException(device.toString(), what + " of the root of FAT");
    }
    return new FatEntry(
        volume.bytes().read(entry.position(), FatEntry.SIZE, "entry of a directory"),
        entry.position());
  }

  private FatEntry file(FileNode node) throws IOException {
    if (own(node).kind() != Kind.FILE) {
      throw new FileSystemException(volume.device().toString(), null, "is a directory");
    }
    return entry(node, "content");
  }

  @Override
  public void write(FileNode file, long position, MemorySegment source) throws IOException {
    FatEntry entry = file(file);
    if (position < 0) {
      throw new IllegalArgumentException("negative position: " + position);
    }
    if (source.byteSize() == 0) {
      return;
    }
    changed.require(source.byteSize());
    long end = position + source.byteSize();
    long size = Math.max(entry.size(), end < 0 ? Long.MAX_VALUE : end);
    FileEdit.Resize resize = files.find(entry, size);
    make(() -> {
      files.apply(entry, resize, position);
      files.write(resize, position, source);
      entry.setModified(now);
      directories.put(entry);
    });
  }

  @Override
  public void setSize(FileNode file, long size) throws IOException {
    FatEntry entry = file(file);
    if (size < 0) {
      throw new IllegalArgumentException("negative size: " + size);
    }
    FileEdit.Resize resize = files.find(entry, size);
    make(() -> {
      files.apply(entry, resize, size);
      entry.setModified(now);
      directories.put(entry);
    });
  }

  @Override
  public void createFile(FileNode directory, String name, int permissions) throws IOException {
    FatNode parent = directory(directory);
    checkNew(parent, name);
    DirectorySlots slots = DirectorySlots.of(volume, parent.cluster());
    DirectoryEdit.Place place =
        directories.find(slots, name, each -> FatEntry.create(each, false, now));
    int[] clusters = table.find(place.clusters());
    make(() -> {
      var _ = directories.put(place, clusters);
      touch(parent);
    });
  }

  @Override
  public void createDirectory(FileNode directory, String name, int permissions) throws IOException {
    FatNode parent = directory(directory);
    checkNew(parent, name);
    DirectorySlots slots = DirectorySlots.of(volume, parent.cluster());
    int needed =
        1 + directories.find(slots, name, each -> FatEntry.create(each, true, now)).clusters();
    int[] clusters = table.find(needed);
    int[] own = {clusters[0]};
    int[] grown = Arrays.copyOfRange(clusters, 1, needed);
    DirectoryEdit.Place place =
        directories.find(
            slots,
            name,
            each -> {
              FatEntry entry = FatEntry.create(each, true, now);
              entry.setCluster(volume.boot().kind(), own[0]);
              return entry;
            });
    make(() -> {
      table.append(Table.NONE, own);
      directories.create(own[0], parent.cluster(), now);
      var _ = directories.put(place, grown);
      touch(parent);
    });
  }

  @Override
  public void createSymbolicLink(FileNode directory, String name, String target)
      throws IOException {
    var _ = directory(directory);
    throw new UnsupportedFeatureException(device.toString(), "symbolic links of FAT");
  }

  /** Checks a name for a file that is to be made. */
  private static void checkNew(FatNode directory, String name) throws IOException {
    FatName.check(name);
    if (directory.find(name).isPresent()) {
      throw new FileAlreadyExistsException(name);
    }
  }

  /** Notes that files of a directory have come or gone. The root has no time. */
  private void touch(FatNode directory) throws IOException {
    if (directory.entry() != null) {
      FatEntry entry = entry(directory, "times");
      entry.setModified(now);
      directories.put(entry);
    }
  }

  private static FatNode existing(FatNode directory, String name) throws IOException {
    Optional<FileNode> found = directory.find(name);
    if (found.isEmpty()) {
      throw new NoSuchFileException(name);
    }
    return (FatNode) found.get();
  }

  @Override
  public void delete(FileNode directory, String name) throws IOException {
    FatNode parent = directory(directory);
    FatNode file = existing(parent, name);
    FatEntry entry = entry(file, "the name");
    if (file.kind() == Kind.DIRECTORY && file.list().next() != null) {
      throw new DirectoryNotEmptyException(name);
    }
    int[] clusters = files.clusters(entry.cluster(volume.boot().kind()));
    DirectorySlots slots = DirectorySlots.of(volume, parent.cluster());
    int index = slots.at(entry.position());
    make(() -> {
      directories.remove(slots, index);
      table.free(Table.NONE, clusters);
      touch(parent);
    });
  }

  @Override
  public void rename(FileNode directory, String name, FileNode newDirectory, String newName)
      throws IOException {
    FatNode from = directory(directory);
    FatNode to = directory(newDirectory);
    FatNode file = existing(from, name);
    FatEntry entry = entry(file, "the name");
    FatName.check(newName);
    boolean moves = from.cluster() != to.cluster();
    if (file.kind() == Kind.DIRECTORY && moves) {
      ParentEntry.checkOutside(volume, file, to, newName);
    }
    DirectorySlots slots = DirectorySlots.of(volume, from.cluster());
    int index = slots.at(entry.position());
    boolean fits = !moves && directories.fits(slots, index, newName, entry::named);
    Optional<FileNode> taken = to.find(newName);
    if (taken.isPresent() && !isAt((FatNode) taken.get(), entry.position())) {
      if (!fits) {
        requireRoom(DirectorySlots.of(volume, to.cluster()), moves ? -1 : index, newName, entry);
      }
      throw new FileAlreadyExistsException(newName);
    }
    if (!fits) {
      move(file, entry, from, to, newName);
      return;
    }
    make(() -> {
      directories.rename(slots, index, newName, entry::named);
      touch(from);
    });
  }

  private static boolean isAt(FatNode node, long position) {
    FatEntry entry = node.entry();
    return entry != null && entry.position() == position;
  }

  private void move(FatNode file, FatEntry entry, FatNode from, FatNode to, String newName)
      throws IOException {
    DirectorySlots slots = DirectorySlots.of(volume, from.cluster());
    int index = slots.at(entry.position());
    DirectorySlots target = DirectorySlots.of(volume, to.cluster());
    int except = from.cluster() == to.cluster() ? index : -1;
    DirectoryEdit.Place place = directories.find(target, except, newName, entry::named);
    int[] clusters = table.find(place.clusters());
    FatEntry parent =
        file.kind() == Kind.DIRECTORY && from.cluster() != to.cluster()
            ? ParentEntry.of(volume, file.cluster())
            : null;
    make(() -> {
      long position = directories.put(place, clusters);
      directories.remove(slots, index);
      directories.move(entry.position(), position);
      if (parent != null) {
        parent.setCluster(volume.boot().kind(), to.cluster());
        directories.put(parent);
      }
      touch(from);
      touch(to);
    });
  }

  /** What is deleted makes no room for its name, so this fails before that, or not at all. */
  private void requireRoom(DirectorySlots slots, int except, String newName, FatEntry entry)
      throws IOException {
    var _ = table.find(directories.find(slots, except, newName, entry::named).clusters());
  }

  @Override
  public void replace(FileNode directory, String name, String newName) throws IOException {
    FatNode parent = directory(directory);
    FatNode file = existing(parent, name);
    FatEntry entry = entry(file, "the name");
    DirectorySlots slots = DirectorySlots.of(volume, parent.cluster());
    int index = slots.at(entry.position());
    if (!directories.fits(slots, index, newName, entry::named)) {
      requireRoom(slots, index, newName, entry);
    }
    delete(directory, newName);
    rename(directory, name, directory, newName);
  }

  @Override
  public void setPermissions(FileNode file, int permissions) throws IOException {
    FatEntry entry = entry(file, "permissions");
    boolean readOnly = (permissions & WRITABLE) == 0;
    if ((permissions & READABLE) != READABLE
        || permissions > 0777
        || (readOnly && file.kind() == Kind.DIRECTORY)) {
      throw new UnsupportedFeatureException(
          device.toString(),
          "permissions %04o of FAT, which knows of read-only files alone".formatted(permissions));
    }
    entry.setReadOnly(readOnly);
    make(() -> directories.put(entry));
  }

  @Override
  public void setOwner(FileNode file, long owner, long group) throws IOException {
    var _ = own(file);
    throw new UnsupportedFeatureException(device.toString(), "owners of files of FAT");
  }

  /** Sets times to the nearest that FAT has: from 1980 to 2107, and when accessed, the day. */
  @Override
  public void setTimes(FileNode file, @Nullable FileTime modified, @Nullable FileTime accessed)
      throws IOException {
    FatEntry entry = entry(file, "times");
    if (modified != null) {
      entry.setModified(modified);
    }
    if (accessed != null) {
      entry.setAccessed(accessed);
    }
    make(() -> directories.put(entry));
  }

  @Override
  public void prepare() throws IOException {
    checkOpen();
    ended = true;
    if (broken) {
      throw new IOException(device + ": a change of this edit failed halfway, nothing is written");
    }
    prepared = true;
  }

  @Override
  public void commit() throws IOException {
    if (!prepared) {
      prepare();
    }
    prepared = false;
    new FatCommit(device, changed, volume, table, directories).run();
  }

  @Override
  public void close() {
    ended = true;
    prepared = false;
  }
}
