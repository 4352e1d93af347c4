package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.ExtChanges.Departed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Changes the entries of directories. What changes of a directory's inode is not saved. */
final class DirectoryEdit {
  private static final int PARENT_AT = 12;
  private static final byte[] ITSELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};
  private static final int DIRECTORY_TYPE = 2;
  private static final int SECTOR = 512;

  private final ExtChanges changes;
  private final BlockAllocator allocator;
  private final DirectorySigner signer;
  private final int blockSize;
  private final boolean hasTypes;

  DirectoryEdit(ExtChanges changes, BlockAllocator allocator) {
    this.changes = changes;
    this.allocator = allocator;
    this.signer = new DirectorySigner(changes);
    this.blockSize = changes.superblock().blockSize();
    this.hasTypes = changes.superblock().hasIncompatible(Features.FILETYPE);
  }

  /**
   * An entry.
   *
   * @param block of the volume that it is in
   * @param at where in the block
   * @param type what the file is, or 0
   */
  record Found(long block, int at, long inode, int type) {}

  /** Returns where the entry of a name is, or null. */
  @Nullable Found find(Inode directory, byte[] name) throws IOException {
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory);
    for (ByteBuffer bytes = blocks.next(); bytes != null; bytes = blocks.next()) {
      EntryBlock entries = new EntryBlock(DeviceBytes.bytesOf(bytes), hasTypes, blockSize);
      for (int at = 0; at < blockSize; at += length(entries, at, directory)) {
        if (entries.length(at) > 0
            && entries.inode(at) != 0
            && Arrays.equals(entries.name(at), name)) {
          return new Found(blocks.position() / blockSize, at, entries.inode(at), entries.type(at));
        }
      }
    }
    return null;
  }

  private int length(EntryBlock entries, int at, Inode directory) throws IOException {
    int length = entries.length(at);
    if (length < 0) {
      throw changes
          .volume()
          .corrupt(
              "directory",
              directory.position(),
              "of inode %d has an entry of a length that cannot be".formatted(directory.number()));
    }
    return length;
  }

  boolean isEmpty(Inode directory) throws IOException {
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory);
    for (ByteBuffer bytes = blocks.next(); bytes != null; bytes = blocks.next()) {
      EntryBlock entries = new EntryBlock(DeviceBytes.bytesOf(bytes), hasTypes, blockSize);
      for (int at = 0; at < blockSize; at += length(entries, at, directory)) {
        if (entries.length(at) > 0 && entries.inode(at) != 0) {
          byte[] name = entries.name(at);
          if (!Arrays.equals(name, ITSELF) && !Arrays.equals(name, PARENT)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Returns the directory that one is in, by its own account; 0 if it does not say. */
  long parent(Inode directory) throws IOException {
    Found found = find(directory, PARENT);
    return found == null ? 0 : found.inode();
  }

  private EntryBlock entries(byte[] block) {
    return new EntryBlock(block, hasTypes, signer.end());
  }

  /** Returns the entries of a block that has only them, and a checksum if there are any. */
  private EntryBlock checked(Inode directory, byte[] block) throws IOException {
    EntryBlock entries = entries(block);
    int at = 0;
    while (at < entries.end()) {
      at += length(entries, at, directory);
    }
    return entries;
  }

  /** Adds an entry, in a new block if there is no room, and returns the block of the volume. */
  long add(InodeChange directory, byte[] name, long inode, int type) throws IOException {
    int size = EntryBlock.sizeFor(name.length);
    changes.noteGaining(directory.number());
    if (directory.inode().has(Inode.INDEXED)) {
      long leaf = new DirectoryIndex(changes, directory.inode()).leaf(name);
      int at = room(directory.inode(), leaf, size);
      if (at < 0) {
        throw changes.unsupported(
            "a new name in a full leaf of the index of a directory of ext4 (htree), inode "
                + directory.number());
      }
      insert(directory.inode(), leaf, at, inode, type, name);
      return leaf;
    }
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory.inode());
    while (blocks.next() != null) {
      long block = blocks.position() / blockSize;
      int at = room(directory.inode(), block, size);
      if (at >= 0) {
        insert(directory.inode(), block, at, inode, type, name);
        return block;
      }
    }
    long block = newBlock(directory);
    insert(directory.inode(), block, 0, inode, type, name);
    return block;
  }

  /** Returns where there is room that no entry has, nor had before this edit. */
  private int room(Inode directory, long block, int size) throws IOException {
    byte[] bytes = changes.volume().read(block, "directory").array();
    EntryBlock entries = checked(directory, bytes);
    for (Departed departed : changes.departed(block)) {
      entries.insert(departed.at(), departed.bytes());
    }
    return entries.findRoom(size);
  }

  private void insert(Inode directory, long block, int at, long inode, int type, byte[] name)
      throws IOException {
    byte[] bytes = changes.changeDirectory(directory.number(), block, true);
    EntryBlock entries = entries(bytes);
    entries.insert(at, entries.entry(inode, type, name));
    signer.sign(directory, bytes);
    changes.noteAdded(block, at);
  }

  private long newBlock(InodeChange directory) throws IOException {
    long size = Integer.toUnsignedLong(directory.bytes().getInt(4));
    BlockMap map = BlockMaps.of(changes, allocator, directory);
    long block = map.provide(size / blockSize, 1).block();
    entries(changes.device().replace(block)).clear();
    signer.addTail(changes.device().change(block));
    directory.setSize(size + blockSize);
    return block;
  }

  /** Fills a new directory, which has no block yet. */
  void fill(InodeChange directory, long parent) throws IOException {
    long block = newBlock(directory);
    byte[] bytes = changes.device().change(block);
    EntryBlock entries = entries(bytes);
    entries.insert(0, entries.entry(directory.number(), DIRECTORY_TYPE, ITSELF));
    entries.insert(PARENT_AT, entries.entry(parent, DIRECTORY_TYPE, PARENT));
    signer.sign(directory.inode(), bytes);
  }

  /** Removes an entry. */
  void remove(Inode directory, Found found) throws IOException {
    byte[] bytes = changes.changeDirectory(directory.number(), found.block(), false);
    byte[] entry = checked(directory, bytes).remove(found.at());
    signer.sign(directory, bytes);
    if (!changes.noteAddedGone(found.block(), found.at())) {
      changes.noteDeparted(found.block(), new Departed(found.at(), entry));
    }
  }

  /** Makes a directory say that it is in another one, and returns the block that says it. */
  long setParent(Inode directory, long parent) throws IOException {
    Found found = find(directory, PARENT);
    if (found == null) {
      throw changes.unsupported("moving a directory of ext that has no \"..\"");
    }
    byte[] bytes = changes.changeDirectory(directory.number(), found.block(), true);
    entries(bytes).setInode(found.at(), parent);
    signer.sign(directory, bytes);
    return found.block();
  }

  /**
   * Returns a block as it will be, but with the entries that it does not have any more, and with
   * directories where they were.
   */
  byte[] withDeparted(long directory, long block) throws IOException {
    byte[] bytes = changes.volume().read(block, "directory").array();
    if (changes.isList(block)) {
      return bytes;
    }
    EntryBlock entries = entries(bytes);
    for (int at = 0; at < entries.end() && entries.length(at) > 0; ) {
      int next = at + entries.length(at);
      if (entries.inode(at) == 0) {
        at = next;
        continue;
      }
      boolean parent = Arrays.equals(entries.name(at), PARENT);
      Long from = changes.moved().get(parent ? directory : entries.inode(at));
      if (parent && from != null) {
        entries.setInode(at, from);
      } else if (from != null && !Arrays.equals(entries.name(at), ITSELF)) {
        var _ = entries.remove(at);
      }
      at = next;
    }
    for (Departed departed : changes.departed(block)) {
      entries.insert(departed.at(), departed.bytes());
    }
    signer.sign(changes.volume().inode(directory), bytes);
    return bytes;
  }

  /**
   * Returns a block as it is stored, with what is new in it already there, in room behind entries,
   * where nobody sees it. So a new entry appears with one number, whichever sectors it is in.
   *
   * @param stored what the block holds
   * @param next what {@link #withDeparted} returned
   */
  byte[] prepared(long directory, byte[] stored, byte[] next) throws IOException {
    byte[] bytes = stored.clone();
    EntryBlock entries = entries(stored);
    for (int at = 0; at < entries.end() && entries.length(at) > 0; at += entries.length(at)) {
      int from = at + entries.hidden(at);
      System.arraycopy(next, from, bytes, from, at + entries.length(at) - from);
    }
    signer.sign(changes.volume().inode(directory), bytes);
    return bytes;
  }

  /**
   * Returns a block as it will be, but with the entries of files that it does not have any more.
   */
  byte[] withDepartedFiles(long directory, long block) throws IOException {
    byte[] bytes = changes.volume().read(block, "directory").array();
    EntryBlock entries = entries(bytes);
    for (Departed departed : changes.departed(block)) {
      if (!changes.moved().containsKey(EntryBlock.inodeOf(departed.bytes()))) {
        entries.insert(departed.at(), departed.bytes());
      }
    }
    signer.sign(changes.volume().inode(directory), bytes);
    return bytes;
  }

  /**
   * Gives an entry another name where it is, if there it can be written in one sector.
   *
   * @return whether that was done
   */
  boolean renameInPlace(Inode directory, Found found, byte[] name) throws IOException {
    byte[] now = changes.volume().read(found.block(), "directory").array();
    EntryBlock entries = checked(directory, now);
    int last = found.at() + Math.max(entries.name(found.at()).length, name.length);
    boolean fits =
        EntryBlock.sizeFor(name.length) <= entries.length(found.at())
            && found.at() / SECTOR == (last + DirectoryEntry.HEADER - 1) / SECTOR;
    if (!fits
        || isReserved(found)
        || (directory.has(Inode.INDEXED)
            && new DirectoryIndex(changes, directory).leaf(name) != found.block())) {
      return false;
    }
    byte[] bytes = changes.changeDirectory(directory.number(), found.block(), true);
    entries(bytes).setName(found.at(), name);
    signer.sign(directory, bytes);
    changes.noteGaining(directory.number());
    return true;
  }

  /** What is free behind an entry may have been another's, which is there until the end. */
  private boolean isReserved(Found found) {
    return !changes.departed(found.block()).isEmpty();
  }

  /** Returns what an entry says that a file is. */
  static int typeOf(Kind kind) {
    return switch (kind) {
      case FILE -> 1;
      case DIRECTORY -> DIRECTORY_TYPE;
      case SYMBOLIC_LINK -> 7;
      case OTHER -> throw new IllegalArgumentException("no new file of that kind");
    };
  }
}
