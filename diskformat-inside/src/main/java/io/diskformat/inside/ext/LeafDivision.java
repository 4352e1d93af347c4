package io.diskformat.inside.ext;

import io.diskformat.inside.ext.DirectoryIndex.Step;
import io.diskformat.inside.ext.DirectoryIndex.Way;
import io.diskformat.inside.ext.NameChanges.Departed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Divides a leaf of a directory's index that is full. It and all of the index that changes are
 * written anew, to other blocks, and the directory's inode shows all of them at once: a checking
 * program would ask about an index that does not lead to all names, or a name in two leaves.
 */
final class LeafDivision {
  private final ExtChanges changes;
  private final NameChanges names;
  private final DirectoryGrowth growth;
  private final DirectorySigner signer;
  private final InodeChange directory;
  private final DirectoryIndex index;
  private final boolean hasTypes;

  LeafDivision(
      ExtChanges changes, DirectoryGrowth growth, DirectorySigner signer, InodeChange directory) {
    this.changes = changes;
    this.names = changes.names();
    this.growth = growth;
    this.signer = signer;
    this.directory = directory;
    this.index = new DirectoryIndex(changes, directory.inode());
    this.hasTypes = changes.superblock().hasIncompatible(Features.FILETYPE);
  }

  /**
   * An entry of the leaf.
   *
   * @param live as it is now, or null if it is gone
   * @param gone as it was before, or null if it is not gone, nor in the place of one that is
   * @param added whether it was nowhere before
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares names
  private record Entry(
      long hash, byte[] name, byte @Nullable [] live, byte @Nullable [] gone, boolean added) {
    int size() {
      return EntryBlock.sizeFor(name.length);
    }
  }

  /** Makes room for a name in its leaf. */
  void divide(byte[] name) throws IOException {
    NameHash kind = index.hash();
    long hash = kind.of(name);
    Way way = index.way(hash);
    while (isFull(way.steps().getLast())) {
      growIndex(way.steps());
      way = index.way(hash);
    }
    long leaf = index.block(way.leaf());
    List<Entry> entries = gather(leaf, kind);
    int first = divisor(entries, hash, EntryBlock.sizeFor(name.length));
    long lower = growth.own(directory, way.leaf(), leaf);
    names.noteRebuilt(lower, directory.number());
    long upperFileBlock = growth.blocks(directory);
    long upper = growth.append(directory);
    names.noteRebuilt(upper, directory.number());
    put(lower, entries.subList(0, first));
    put(upper, entries.subList(first, entries.size()));

    boolean continued = entries.get(first - 1).hash() == entries.get(first).hash();
    Step last = way.steps().getLast();
    long block = own(last);
    byte[] bytes = changes.device().change(block);
    new IndexBlock(bytes, last.isRoot())
        .insert(
            last.entry() + 1,
            (int) entries.get(first).hash() | (continued ? 1 : 0),
            upperFileBlock);
    signer.signIndex(directory.inode(), bytes, last.isRoot());
  }

  private long own(Step step) throws IOException {
    return growth.own(directory, step.fileBlock(), index.block(step.fileBlock()));
  }

  private boolean isFull(Step step) throws IOException {
    return block(step).isFull();
  }

  private IndexBlock block(Step step) throws IOException {
    byte[] bytes = changes.volume().read(index.block(step.fileBlock()), "index").array();
    return new IndexBlock(bytes, step.isRoot());
  }

  /** Divides the uppermost block of those at the end of a way that are full. */
  private void growIndex(List<Step> steps) throws IOException {
    int full = steps.size() - 1;
    while (full > 0 && isFull(steps.get(full - 1))) {
      full--;
    }
    Step step = steps.get(full);
    byte[] bytes = changes.device().change(own(step));
    IndexBlock block = new IndexBlock(bytes, step.isRoot());
    long newFileBlock = growth.blocks(directory);
    if (step.isRoot() && index.levels() >= index.mostLevels()) {
      throw changes.unsupported(
          "a new name in a directory of ext4 whose index is full (htree), inode "
              + directory.number());
    }
    int from = step.isRoot() ? 0 : block.count() / 2;
    int lowest = block.lowest(from);
    byte[] newBytes = changes.device().change(growth.append(directory));
    Arrays.fill(newBytes, (byte) 0);
    block.moveTo(IndexBlock.begin(newBytes, index.end()), from);
    if (step.isRoot()) {
      block.leadTo(newFileBlock);
      DirectoryIndex.addLevel(bytes);
    } else {
      Step above = steps.get(full - 1);
      byte[] parent = changes.device().change(own(above));
      new IndexBlock(parent, above.isRoot()).insert(above.entry() + 1, lowest, newFileBlock);
      signer.signIndex(directory.inode(), parent, above.isRoot());
    }
    signer.signIndex(directory.inode(), bytes, step.isRoot());
    signer.signIndex(directory.inode(), newBytes, false);
  }

  /** Returns the entries of a leaf, those that are gone too, by their hashes, and forgets them. */
  private List<Entry> gather(long block, NameHash kind) throws IOException {
    List<Entry> gathered = new ArrayList<>();
    List<Departed> gone = new ArrayList<>(names.departed(block));
    EntryBlock entries =
        new EntryBlock(changes.volume().read(block, "directory").array(), hasTypes, signer.end());
    for (int at = 0; at < entries.end(); at += entries.length(at)) {
      if (entries.length(at) < 0) {
        throw index.corrupt("has an entry of a length that cannot be");
      }
      if (entries.inode(at) == 0) {
        continue;
      }
      byte[] replaced = null;
      for (Departed departed :
          names.isReplacing(block, at) ? List.copyOf(gone) : List.<Departed>of()) {
        if (departed.at() == at) {
          replaced = departed.bytes();
          gone.remove(departed);
        }
      }
      byte[] name = entries.name(at);
      byte[] live = entries.entry(entries.inode(at), entries.type(at), name);
      gathered.add(new Entry(kind.of(name), name, live, replaced, names.isAdded(block, at)));
      names.noteForgotten(block, at);
    }
    for (Departed departed : gone) {
      byte[] name = EntryBlock.nameOf(departed.bytes());
      gathered.add(new Entry(kind.of(name), name, null, departed.bytes(), false));
    }
    names.noteDepartedForgotten(block);
    gathered.sort(Comparator.comparingLong(Entry::hash));
    return gathered;
  }

  /**
   * Returns which entry is the first of the upper leaf, so that both have as much room as can be.
   */
  private int divisor(List<Entry> entries, long hash, int size) throws IOException {
    int total = size + entries.stream().mapToInt(Entry::size).sum();
    int best = 0;
    int bestSize = Integer.MAX_VALUE;
    int below = 0;
    for (int i = 1; i < entries.size(); i++) {
      below += entries.get(i - 1).size();
      int lower = below + (hash < entries.get(i).hash() ? size : 0);
      int larger = Math.max(lower, total - lower);
      if (larger < bestSize) {
        best = i;
        bestSize = larger;
      }
    }
    if (bestSize > signer.end()) {
      throw index.corrupt("has a leaf that cannot be divided");
    }
    return best;
  }

  private void put(long block, List<Entry> some) throws IOException {
    byte[] bytes = changes.device().change(block);
    Arrays.fill(bytes, (byte) 0);
    growth.clear(bytes);
    EntryBlock entries = new EntryBlock(bytes, hasTypes, signer.end());
    int[] places = new int[some.size()];
    boolean moves = false;
    for (int i = 0, at = 0; i < some.size(); i++) {
      Entry entry = some.get(i);
      byte[] shown = entry.live() == null ? entry.gone() : entry.live();
      if (shown == null) {
        throw new AssertionError("an entry that is not, nor was");
      }
      entries.insert(at, shown);
      places[i] = at;
      at += entry.size();
      moves |= isMoved(entry.live()) || isMoved(entry.gone());
    }
    for (int i = 0; i < places.length; i++) {
      note(block, places[i], some.get(i), entries);
    }
    signer.sign(directory.inode(), bytes);
    if (moves) {
      names.noteMoveBlock(block, directory.number());
    }
  }

  private boolean isMoved(byte @Nullable [] entry) {
    return entry != null && names.moved().containsKey(EntryBlock.inodeOf(entry));
  }

  private void note(long block, int at, Entry entry, EntryBlock entries) {
    if (entry.gone() != null) {
      Departed departed = new Departed(at, entry.gone());
      names.noteDeparted(directory.number(), block, departed, entry.name());
    }
    if (entry.live() == null) {
      var _ = entries.remove(at);
    } else if (entry.gone() != null) {
      names.noteReplacing(directory.number(), new NameChanges.Place(block, at));
    }
    if (entry.added()) {
      names.noteAdded(block, at);
    }
  }
}
