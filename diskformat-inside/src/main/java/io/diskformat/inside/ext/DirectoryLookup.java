package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.ext.NameChanges.Departed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds names in the directories of an edit, without reading all of a large one for each: by its
 * index; or, where there is none, by what was seen when all of it was read once.
 */
final class DirectoryLookup {
  private static final byte[] ITSELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};

  /** Directories of at most this number of blocks are read each time. */
  private static final int FEW_BLOCKS = 8;

  /** The most names that are kept of all directories. */
  private static final int MOST_NAMES = 1 << 20;

  /** The most directories of which names are kept, as each takes some memory. */
  private static final int MOST_DIRECTORIES = 64;

  private final ExtChanges changes;
  private final int blockSize;
  private final boolean hasTypes;

  /** Large directories without an index, the one that was used last at the end. */
  private final Map<Long, DirectoryNames> known = new LinkedHashMap<>(16, 0.75f, true);

  DirectoryLookup(ExtChanges changes) {
    this.changes = changes;
    this.blockSize = changes.superblock().blockSize();
    this.hasTypes = changes.superblock().hasIncompatible(Features.FILETYPE);
  }

  /**
   * An entry.
   *
   * @param block of the volume that it is in
   * @param fileBlock the same of the directory
   * @param at where in the block
   * @param type what the file is, or 0
   */
  record Found(long block, long fileBlock, int at, long inode, int type) {}

  /** Returns where the entry of a name is, or null. */
  @Nullable Found find(Inode directory, byte[] name) throws IOException {
    boolean isDots = Arrays.equals(name, ITSELF) || Arrays.equals(name, PARENT);
    // Names that are folded or encrypted have hashes of that.
    boolean asStored = !directory.has(Inode.CASEFOLD) && !directory.has(Inode.ENCRYPTED);
    if (!isDots && asStored && directory.has(Inode.INDEXED)) {
      DirectoryIndex index = new DirectoryIndex(changes, directory);
      if (index.isUsable()) {
        return find(directory, name, index.leaves(name));
      }
    }
    DirectoryNames names = isDots ? null : known(directory);
    if (names != null && names.isWhole()) {
      return find(directory, name, names.blocks(name));
    }
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory);
    for (ByteBuffer bytes = blocks.next(); bytes != null; bytes = blocks.next()) {
      Found found = find(directory, name, blocks, bytes);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable Found find(Inode directory, byte[] name, long[] fileBlocks) throws IOException {
    for (long fileBlock : fileBlocks) {
      DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory, fileBlock);
      ByteBuffer bytes = blocks.next();
      // What was noted of a change that was taken back may be behind the end.
      Found found = bytes == null ? null : find(directory, name, blocks, bytes);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable Found find(
      Inode directory, byte[] name, DirectoryBlocks blocks, ByteBuffer bytes) throws IOException {
    EntryBlock entries = entries(bytes);
    for (int at = 0; at < blockSize; at += length(changes, entries, at, directory)) {
      if (entries.length(at) > 0
          && entries.inode(at) != 0
          && Arrays.equals(entries.name(at), name)) {
        return new Found(
            blocks.position() / blockSize,
            blocks.fileBlock(),
            at,
            entries.inode(at),
            entries.type(at));
      }
    }
    return null;
  }

  private EntryBlock entries(ByteBuffer bytes) {
    return new EntryBlock(DeviceBytes.bytesOf(bytes), hasTypes, blockSize);
  }

  /** Returns how far it is from an entry to the next. */
  static int length(ExtChanges changes, EntryBlock entries, int at, Inode directory)
      throws IOException {
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

  /** Returns the directory that one is in, by its own account; 0 if it does not say. */
  long parent(Inode directory) throws IOException {
    if (directory.has(Inode.INLINE)) {
      return new InlineDirectory(changes.volume(), directory).parent();
    }
    Found found = find(directory, PARENT);
    return found == null ? 0 : found.inode();
  }

  /** Returns what is known of a large directory without an index, or null if it is none. */
  @Nullable DirectoryNames known(Inode directory) throws IOException {
    if (directory.has(Inode.INDEXED)
        || new DirectoryBlocks(changes.volume(), directory).count() <= FEW_BLOCKS) {
      return null;
    }
    DirectoryNames names = known.get(directory.number());
    if (names == null) {
      long number = directory.number();
      names = read(directory);
      known.put(number, names);
      // What this change took away before may come back.
      changes.noteInverse(() -> known.remove(number));
      long all = known.values().stream().mapToLong(DirectoryNames::size).sum();
      Iterator<DirectoryNames> oldest = known.values().iterator();
      while ((all > MOST_NAMES || known.size() > MOST_DIRECTORIES) && known.size() > 1) {
        all -= oldest.next().size();
        oldest.remove();
      }
    }
    return names;
  }

  /** Returns of how many directories names are kept. */
  int kept() {
    return known.size();
  }

  private DirectoryNames read(Inode directory) throws IOException {
    DirectoryNames names = new DirectoryNames(MOST_NAMES);
    DirectoryBlocks blocks = new DirectoryBlocks(changes.volume(), directory);
    for (ByteBuffer bytes = blocks.next(); bytes != null; bytes = blocks.next()) {
      EntryBlock entries = entries(bytes);
      for (int at = 0; at < blockSize; at += length(changes, entries, at, directory)) {
        if (entries.length(at) > 0 && entries.inode(at) != 0) {
          names.add(entries.name(at), blocks.fileBlock());
        }
      }
      // They may come again, to the places where they were.
      for (Departed departed : changes.names().departed(blocks.position() / blockSize)) {
        names.add(EntryBlock.nameOf(departed.bytes()), blocks.fileBlock());
      }
    }
    return names;
  }

  /** Forgets a directory that is removed; another one may get its number. */
  void forget(long directory) {
    known.remove(directory);
  }
}
