package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.DirectoryLookup.Found;
import io.diskformat.inside.ext.NameChanges.Departed;
import io.diskformat.inside.ext.NameChanges.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes the entries of directories. What changes of a directory's inode is not saved. */
final class DirectoryEdit {
  private static final int PARENT_AT = 12;
  private static final byte[] ITSELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};
  private static final int DIRECTORY_TYPE = 2;
  private static final int SECTOR = 512;

  private final ExtChanges changes;
  private final NameChanges names;
  private final DirectoryLookup lookup;
  private final DirectoryGrowth growth;
  private final InlineContent inline;
  private final DirectorySigner signer;
  private final int blockSize;
  private final boolean hasTypes;

  DirectoryEdit(ExtChanges changes, BlockAllocator allocator) {
    this.changes = changes;
    this.names = changes.names();
    this.lookup = new DirectoryLookup(changes);
    this.signer = new DirectorySigner(changes);
    this.growth = new DirectoryGrowth(changes, allocator, signer);
    this.inline = new InlineContent(changes);
    this.blockSize = changes.superblock().blockSize();
    this.hasTypes = changes.superblock().hasIncompatible(Features.FILETYPE);
  }

  /** Returns what finds names as they are by now. */
  DirectoryLookup lookup() {
    return lookup;
  }

  /** Returns where the entry of a name is, or null. */
  @Nullable Found find(Inode directory, byte[] name) throws IOException {
    return lookup.find(directory, name);
  }

  private int length(EntryBlock entries, int at, Inode directory) throws IOException {
    return DirectoryLookup.length(changes, entries, at, directory);
  }

  boolean isEmpty(Inode directory) throws IOException {
    DirectoryAreas areas = areas(directory);
    for (ByteBuffer bytes = areas.next(); bytes != null; bytes = areas.next()) {
      EntryBlock entries = new EntryBlock(copy(bytes), hasTypes, bytes.capacity());
      for (int at = 0; at < bytes.capacity(); at += length(entries, at, directory)) {
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

  private static byte[] copy(ByteBuffer area) {
    byte[] bytes = new byte[area.capacity()];
    area.get(0, bytes);
    return bytes;
  }

  private DirectoryAreas areas(Inode directory) throws IOException {
    return directory.has(Inode.INLINE)
        ? new InlineDirectory(changes.volume(), directory)
        : new DirectoryBlocks(changes.volume(), directory);
  }

  /** Returns the directory that one is in, by its own account; 0 if it does not say. */
  long parent(Inode directory) throws IOException {
    return lookup.parent(directory);
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

  /**
   * Adds an entry, in a new block if there is no room, and returns where it is.
   *
   * @param takesPlace whether it is to be where one with this name was that is gone
   */
  Place add(InodeChange directory, byte[] name, long inode, int type, boolean takesPlace)
      throws IOException {
    names.noteGaining(directory.number());
    Place place = names.departed(directory.number(), name);
    if (place != null && takesPlace) {
      insert(directory.inode(), place, inode, type, name);
      names.noteReplacing(directory.number(), place);
      return place;
    }
    place =
        directory.inode().has(Inode.INDEXED)
            ? indexedPlace(directory, name)
            : firstPlace(directory, name);
    insert(directory.inode(), place, inode, type, name);
    return place;
  }

  private Place indexedPlace(InodeChange directory, byte[] name) throws IOException {
    int size = EntryBlock.sizeFor(name.length);
    DirectoryIndex index = new DirectoryIndex(changes, directory.inode());
    long leaf = index.leaf(name);
    int at = room(directory.inode(), leaf, size);
    if (at < 0) {
      new LeafDivision(changes, growth, signer, directory).divide(name);
      leaf = index.leaf(name);
      at = room(directory.inode(), leaf, size);
    }
    return new Place(leaf, at);
  }

  private Place firstPlace(InodeChange directory, byte[] name) throws IOException {
    int size = EntryBlock.sizeFor(name.length);
    DirectoryNames known = lookup.known(directory.inode());
    long from = known == null ? 0 : known.roomFrom(size);
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory.inode(), from);
    while (blocks.next() != null) {
      long block = blocks.position() / blockSize;
      int at = room(directory.inode(), block, size);
      if (at >= 0) {
        note(known, name, size, blocks.fileBlock());
        return new Place(block, at);
      }
    }
    note(known, name, size, blocks.count());
    return new Place(growth.append(directory), 0);
  }

  /** Notes where a name comes, and that there was no room before. */
  private void note(@Nullable DirectoryNames known, byte[] name, int size, long fileBlock) {
    if (known != null) {
      known.add(name, fileBlock);
      known.noteNoRoom(size, fileBlock);
      changes.noteInverse(known::forgetRooms);
    }
  }

  /** Notes what room there is in a block that has lost some of a name. */
  private void noteRoom(Inode directory, Found found) throws IOException {
    DirectoryNames known = lookup.known(directory);
    if (known != null) {
      known.noteRoom(withDeparted(directory, found.block()).mostRoom(), found.fileBlock());
    }
  }

  /** Returns where there is room that no entry has, nor had before this edit. */
  private int room(Inode directory, long block, int size) throws IOException {
    return withDeparted(directory, block).findRoom(size);
  }

  /** Returns a block with the entries that it does not have any more. */
  private EntryBlock withDeparted(Inode directory, long block) throws IOException {
    byte[] bytes = changes.volume().read(block, "directory").array();
    EntryBlock entries = checked(directory, bytes);
    for (Departed departed : names.departed(block)) {
      entries.insert(departed.at(), departed.bytes());
    }
    return entries;
  }

  /** Forgets a directory that is removed. */
  void forget(long directory) {
    lookup.forget(directory);
  }

  private void insert(Inode directory, Place place, long inode, int type, byte[] name)
      throws IOException {
    byte[] bytes = changes.changeDirectory(directory.number(), place.block(), true);
    EntryBlock entries = entries(bytes);
    entries.insert(place.at(), entries.entry(inode, type, name));
    signer.sign(directory, bytes);
    names.noteAdded(place.block(), place.at());
  }

  /** Fills a new directory, which has no block yet. */
  void fill(InodeChange directory, long parent) throws IOException {
    long block = growth.append(directory);
    byte[] bytes = changes.device().change(block);
    EntryBlock entries = entries(bytes);
    entries.insert(0, entries.entry(directory.number(), DIRECTORY_TYPE, ITSELF));
    entries.insert(PARENT_AT, entries.entry(parent, DIRECTORY_TYPE, PARENT));
    signer.sign(directory.inode(), bytes);
  }

  /** Puts entries that are in the inode of a directory into a block, which its inode shows. */
  void leaveInode(InodeChange directory) throws IOException {
    if (!directory.inode().has(Inode.INLINE)) {
      return;
    }
    List<byte[]> all = new ArrayList<>();
    DirectoryAreas areas = areas(directory.inode());
    for (ByteBuffer bytes = areas.next(); bytes != null; bytes = areas.next()) {
      EntryBlock entries = new EntryBlock(copy(bytes), hasTypes, bytes.capacity());
      for (int at = 0; at < bytes.capacity(); at += length(entries, at, directory.inode())) {
        if (entries.length(at) > 0 && entries.inode(at) != 0) {
          all.add(entries.entry(entries.inode(at), entries.type(at), entries.name(at)));
        }
      }
    }
    long parent = areas.parent();
    inline.leave(directory);
    fill(directory, parent);
    names.noteGaining(directory.number());
    for (byte[] entry : all) {
      Place place = firstPlace(directory, EntryBlock.nameOf(entry));
      byte[] bytes = changes.device().change(place.block());
      entries(bytes).insert(place.at(), entry);
      signer.sign(directory.inode(), bytes);
    }
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory.inode());
    while (blocks.next() != null) {
      names.noteRebuilt(blocks.position() / blockSize, directory.number());
    }
  }

  /** Returns the inode that an entry is of. */
  long inodeAt(Place place) throws IOException {
    return entries(changes.volume().read(place.block(), "directory").array()).inode(place.at());
  }

  /** Removes an entry. */
  void remove(Inode directory, Found found) throws IOException {
    byte[] bytes = changes.changeDirectory(directory.number(), found.block(), false);
    byte[] entry = checked(directory, bytes).remove(found.at());
    signer.sign(directory, bytes);
    names.noteGone(
        directory.number(),
        found.block(),
        new Departed(found.at(), entry),
        EntryBlock.nameOf(entry));
    noteRoom(directory, found);
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
        || names.departed(directory.number(), name) != null
        || isReserved(found)
        || (directory.has(Inode.INDEXED)
            && new DirectoryIndex(changes, directory).leaf(name) != found.block())) {
      return false;
    }
    byte[] bytes = changes.changeDirectory(directory.number(), found.block(), true);
    entries(bytes).setName(found.at(), name);
    signer.sign(directory, bytes);
    names.noteGaining(directory.number());
    DirectoryNames known = lookup.known(directory);
    if (known != null) {
      known.add(name, found.fileBlock());
      noteRoom(directory, found);
    }
    return true;
  }

  /** What is free behind an entry may have been another's, which is there until the end. */
  private boolean isReserved(Found found) {
    return !names.departed(found.block()).isEmpty();
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
