package io.diskformat.inside.ext;

import io.diskformat.inside.ext.NameChanges.Departed;
import io.diskformat.inside.ext.NameChanges.Place;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/**
 * What blocks of directories hold while an edit is written, before all names are as they will be.
 */
final class DirectoryStages {
  private static final byte[] ITSELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};

  private final ExtChanges changes;
  private final NameChanges names;
  private final DirectorySigner signer;
  private final boolean hasTypes;

  DirectoryStages(ExtChanges changes) {
    this.changes = changes;
    this.names = changes.names();
    this.signer = new DirectorySigner(changes);
    this.hasTypes = changes.superblock().hasIncompatible(Features.FILETYPE);
  }

  private EntryBlock entries(byte[] block) {
    return new EntryBlock(block, hasTypes, signer.end());
  }

  private byte[] signed(long directory, byte[] block) throws IOException {
    signer.sign(changes.volume().inode(directory), block);
    return block;
  }

  private byte[] next(long block) throws IOException {
    return changes.volume().read(block, "directory").array();
  }

  /**
   * Returns a block as it will be, but with the entries that it does not have any more, and with
   * directories where they were.
   */
  byte[] withDeparted(long directory, long block) throws IOException {
    return withDeparted(directory, block, Set.of());
  }

  /**
   * Returns the same, but without entries where others with the same names are already.
   *
   * @param replaced where those are
   */
  byte[] withDeparted(long directory, long block, Set<Place> replaced) throws IOException {
    byte[] bytes = next(block);
    EntryBlock entries = entries(bytes);
    for (int at = 0; at < entries.end() && entries.length(at) > 0; ) {
      int next = at + entries.length(at);
      if (entries.inode(at) == 0) {
        at = next;
        continue;
      }
      boolean parent = Arrays.equals(entries.name(at), PARENT);
      Long from = names.moved().get(parent ? directory : entries.inode(at));
      if (parent && from != null) {
        entries.setInode(at, from);
      } else if (from != null && !Arrays.equals(entries.name(at), ITSELF)) {
        var _ = entries.remove(at);
      }
      at = next;
    }
    for (Departed departed : names.departed(block)) {
      if (!replaced.contains(new Place(block, departed.at()))) {
        entries.insert(departed.at(), departed.bytes());
      }
    }
    return signed(directory, bytes);
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
    return signed(directory, bytes);
  }

  /**
   * Returns a block as it will be, but with the entries of files that it does not have any more.
   *
   * @param replaced where others with the same names are instead
   */
  byte[] replaced(long directory, long block, Set<Place> replaced) throws IOException {
    byte[] bytes = next(block);
    EntryBlock entries = entries(bytes);
    for (Departed departed : names.departed(block)) {
      boolean gone =
          names.moved().containsKey(EntryBlock.inodeOf(departed.bytes()))
              || replaced.contains(new Place(block, departed.at()));
      if (!gone) {
        entries.insert(departed.at(), departed.bytes());
      }
    }
    return signed(directory, bytes);
  }
}
