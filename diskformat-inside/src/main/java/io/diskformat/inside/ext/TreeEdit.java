package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.DirectoryLookup.Found;
import io.diskformat.inside.ext.ExtChanges.Removed;
import io.diskformat.inside.ext.NameChanges.Place;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashMap;
import java.util.Map;

/** Creates, removes and renames files. */
final class TreeEdit {
  private static final int MOST_NAME = 255;
  private static final int MOST_TARGET = 4095;
  private static final int MOST_LINKS = 65000;
  private static final int MOST_LINKS_OF_OLD = 32000;
  private static final int MOST_LEVELS = 4096;
  private static final int REGULAR = 0100000;
  private static final int DIRECTORY = 0040000;
  private static final int LINK = 0120000;
  private static final int OF_GROUP = 02000;
  private static final int PERMISSIONS = 07777;
  private static final int OTHER_INODE_PART = 32;

  private final ExtChanges changes;
  private final NameChanges names;
  private final BlockAllocator blocks;
  private final InodeAllocator inodes;
  private final FileEdit files;
  private final DirectoryEdit directories;
  private final AccessLists lists;

  /** What is above all that was removed of each directory. */
  private final Map<Long, Integer> heights = new HashMap<>();

  TreeEdit(
      ExtChanges changes,
      BlockAllocator blocks,
      InodeAllocator inodes,
      FileEdit files,
      DirectoryEdit directories) {
    this.changes = changes;
    this.names = changes.names();
    this.blocks = blocks;
    this.inodes = inodes;
    this.files = files;
    this.directories = directories;
    this.lists = new AccessLists(changes, blocks);
  }

  private static byte[] checkName(String name) throws IOException {
    byte[] bytes = NameBytes.encode(name);
    boolean wrong =
        bytes.length == 0
            || bytes.length > MOST_NAME
            || name.equals(".")
            || name.equals("..")
            || name.indexOf('/') >= 0
            || name.indexOf('\0') >= 0;
    if (wrong) {
      throw new FileSystemException(name, null, "is no name that a file of ext can have");
    }
    return bytes;
  }

  private InodeChange directory(long number) throws IOException {
    InodeChange directory = InodeChange.of(changes, number);
    if (directory.inode().kind() != Kind.DIRECTORY) {
      throw new NotDirectoryException("inode " + number);
    }
    EditGate.checkDirectory(changes.volume(), directory.inode());
    directories.leaveInode(directory);
    return directory;
  }

  void createFile(long directory, String name, int permissions) throws IOException {
    InodeChange parent = directory(directory);
    InodeChange file = create(parent, name, Kind.FILE, REGULAR | (permissions & PERMISSIONS));
    file.save();
    add(parent, name, file, Kind.FILE);
  }

  void createDirectory(long directory, String name, int permissions) throws IOException {
    InodeChange parent = directory(directory);
    int mode = DIRECTORY | (permissions & PERMISSIONS) | (parent.inode().mode() & OF_GROUP);
    InodeChange made = create(parent, name, Kind.DIRECTORY, mode);
    made.setLinks(2);
    directories.fill(made, directory);
    made.save();
    addLink(parent, name);
    add(parent, name, made, Kind.DIRECTORY);
  }

  void createSymbolicLink(long directory, String name, String target) throws IOException {
    byte[] bytes = NameBytes.encode(target);
    int most = Math.min(MOST_TARGET, changes.superblock().blockSize() - 1);
    if (bytes.length == 0 || bytes.length > most || target.indexOf('\0') >= 0) {
      throw new FileSystemException(name, null, "no link can lead to " + bytes.length + " bytes");
    }
    InodeChange parent = directory(directory);
    InodeChange link = create(parent, name, Kind.SYMBOLIC_LINK, LINK | 0777);
    if (bytes.length < Inode.BLOCKS_SIZE) {
      link.setFlags(0);
      link.bytes().put(Inode.BLOCKS_AT, new byte[Inode.BLOCKS_SIZE]);
      link.bytes().put(Inode.BLOCKS_AT, bytes);
      link.setSize(bytes.length);
      link.save();
    } else {
      files.write(link, 0, MemorySegment.ofArray(bytes));
    }
    add(parent, name, link, Kind.SYMBOLIC_LINK);
  }

  /** Makes an inode, with no name yet. */
  private InodeChange create(InodeChange parent, String name, Kind kind, int mode)
      throws IOException {
    byte[] bytes = checkName(name);
    if (directories.find(parent.inode(), bytes) != null) {
      throw new FileAlreadyExistsException(name);
    }
    NewAttributes attributes = new NewAttributes();
    SecurityLabel.add(
        changes.volume(), parent.inode(), directories.parent(parent.inode()), kind, attributes);
    byte[] inherited =
        kind == Kind.SYMBOLIC_LINK
            ? null
            : AccessLists.ofNewFiles(changes.volume(), parent.inode());
    int allowed =
        inherited == null
            ? mode
            : lists.inherit(parent.inode(), inherited, mode, kind == Kind.DIRECTORY, attributes);
    long number = inodes.allocate(parent.number(), kind == Kind.DIRECTORY);
    InodeChange made = InodeChange.blank(changes, number);
    made.setMode(allowed);
    boolean sharesGroup = (parent.inode().mode() & OF_GROUP) != 0;
    made.setOwner(0, sharesGroup ? parent.inode().group() : 0);
    made.setLinks(1);
    made.begin(Math.min(OTHER_INODE_PART, changes.superblock().inodeSize() - Inode.OLD_SIZE));
    attributes.put(changes, blocks, made, blocks.first(inodes.groupOf(number)));
    return made;
  }

  /** Adds a name to a directory, and saves that. */
  private void add(InodeChange parent, String name, InodeChange file, Kind kind)
      throws IOException {
    var _ =
        directories.add(
            parent, NameBytes.encode(name), file.number(), DirectoryEdit.typeOf(kind), true);
    parent.touchContent();
    parent.save();
  }

  /** Counts one more directory in a directory. One that says 1 has more than it can count. */
  private void addLink(InodeChange parent, String name) throws IOException {
    int links = parent.inode().links();
    boolean uncounted = (changes.superblock().readOnly() & Features.MANY_LINKS) != 0;
    int most = uncounted ? MOST_LINKS : MOST_LINKS_OF_OLD;
    if (links == 1) {
      return;
    }
    if (links >= most - 1 && !uncounted) {
      throw new FileSystemException(name, null, "is one directory too many in its directory");
    }
    parent.setLinks(links >= most - 1 ? 1 : links + 1);
  }

  private static void dropLink(InodeChange parent) {
    if (parent.inode().links() > 2) {
      parent.setLinks(parent.inode().links() - 1);
    }
  }

  void delete(long directory, String name) throws IOException {
    InodeChange parent = directory(directory);
    Found found = found(parent, name);
    InodeChange file = InodeChange.of(changes, found.inode());
    EditGate.checkAttributes(changes.volume(), file.inode());
    boolean isDirectory = file.inode().kind() == Kind.DIRECTORY;
    if (isDirectory) {
      EditGate.checkDirectory(changes.volume(), file.inode());
      if (!directories.isEmpty(file.inode())) {
        throw new DirectoryNotEmptyException(name);
      }
      dropLink(parent);
    }
    blocks.checkChanging();
    directories.remove(parent.inode(), found);
    parent.touchContent();
    parent.save();
    if (isDirectory || file.inode().links() <= 1) {
      remove(directory, file, isDirectory);
    } else {
      file.setLinks(file.inode().links() - 1);
      file.touch();
      file.save();
    }
  }

  private Found found(InodeChange parent, String name) throws IOException {
    Found found = directories.find(parent.inode(), checkName(name));
    if (found == null) {
      throw new NoSuchFileException(name);
    }
    return found;
  }

  private void remove(long directory, InodeChange file, boolean isDirectory) throws IOException {
    AttributeBlock.release(changes, blocks, file);
    if (FileData.hasBlocks(changes.volume(), file.inode())) {
      files.release(file);
    }
    file.setLinks(0);
    file.setSize(0);
    file.setDeleted();
    file.touch();
    file.save();
    long number = file.number();
    directories.forget(number);
    names.noteMovedGone(number);
    if (changes.isNewInode(number)) {
      inodes.clear(number, isDirectory);
      changes.noteInodeGivenBack(number);
      names.noteRenamedGone(number);
      return;
    }
    int height = heights.getOrDefault(number, 0);
    changes.noteRemoved(new Removed(number, isDirectory, height));
    int above = heights.getOrDefault(directory, 0);
    heights.put(directory, Math.max(above, height + 1));
    changes.noteInverse(() -> heights.put(directory, above));
  }

  void rename(long directory, String name, long newDirectory, String newName) throws IOException {
    byte[] newBytes = checkName(newName);
    if (directory == newDirectory && name.equals(newName)) {
      return;
    }
    InodeChange from = directory(directory);
    Found found = found(from, name);
    InodeChange to = directory == newDirectory ? from : directory(newDirectory);
    InodeChange file = InodeChange.of(changes, found.inode());
    EditGate.checkAttributes(changes.volume(), file.inode());
    boolean isDirectory = file.inode().kind() == Kind.DIRECTORY;
    boolean moves = isDirectory && from != to;
    if (moves) {
      checkOutside(file.number(), newDirectory, newName);
    }
    if (directories.find(to.inode(), newBytes) != null) {
      throw new FileAlreadyExistsException(newName);
    }
    boolean stored = isDirectory && !changes.isNewInode(file.number());
    if (!stored || from != to || !directories.renameInPlace(from.inode(), found, newBytes)) {
      Place taken = stored ? names.departed(newDirectory, newBytes) : null;
      boolean over = taken != null;
      long other = taken == null ? 0 : names.departedInode(taken);
      Place place = directories.add(to, newBytes, file.number(), found.type(), !over);
      // It may be elsewhere, if the new name is in the same directory.
      found = found(from, name);
      directories.remove(from.inode(), found);
      names.noteRenamed(file.number(), directory, newDirectory);
      if (stored) {
        names.noteMoved(file.number(), directory);
        if (over) {
          names.noteMovedOver(file.number(), other);
        }
        names.noteMoveBlock(place.block(), newDirectory);
        names.noteMoveBlock(found.block(), directory);
      }
    }
    if (moves) {
      dropLink(from);
      addLink(to, newName);
      directories.leaveInode(file);
      long block = directories.setParent(file.inode(), newDirectory);
      if (stored) {
        names.noteMoveBlock(block, file.number());
      }
    }
    from.touchContent();
    from.save();
    if (from != to) {
      to.touchContent();
      to.save();
    }
    file.touch();
    file.save();
  }

  /** A directory cannot be inside of itself. */
  private void checkOutside(long moved, long target, String name) throws IOException {
    long at = target;
    for (int level = 0; at != Inode.ROOT; level++) {
      if (at == moved || level > MOST_LEVELS) {
        throw new FileSystemException(name, null, "would be inside of itself");
      }
      at = directories.parent(changes.volume().inode(at));
    }
  }
}
