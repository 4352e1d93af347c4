package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.ext.ExtentTree.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes a tree of extents, which {@link ExtentTree} draws. What does not fit into the inode is
 * written as a new tree, to blocks that were free: so there is one whole tree, the old or the new,
 * whichever the inode has.
 */
final class ExtentMap implements BlockMap {
  private static final int IN_INODE = ExtentTree.IN_INODE;
  private static final int MOST_EXTENTS = 1 << 18;

  private final ExtChanges changes;
  private final BlockAllocator allocator;
  private final InodeChange file;
  private final ExtentTree tree;

  ExtentMap(ExtChanges changes, BlockAllocator allocator, InodeChange file) {
    this.changes = changes;
    this.allocator = allocator;
    this.file = file;
    this.tree = new ExtentTree(changes.volume(), file.inode());
  }

  /**
   * An entry of a leaf.
   *
   * @param written whether it has content
   */
  private record Extent(long first, int length, long block, boolean written) {
    long end() {
      return first + length;
    }

    Extent part(long from, long to) {
      return new Extent(from, (int) (to - from), block + from - first, written);
    }

    boolean continues(Extent before) {
      return before.end() == first
          && before.block + before.length == block
          && before.written == written
          && before.length + length < ExtentTree.MOST_BLOCKS;
    }
  }

  @Override
  public Run at(long fileBlock) throws IOException {
    return tree.at(fileBlock);
  }

  @Override
  public long mostBlocks() {
    return (1L << Integer.SIZE) - 1;
  }

  /** Returns all entries of leaves, and adds the blocks of nodes to {@code nodes}. */
  private List<Extent> read(List<Long> nodes) throws IOException {
    List<Extent> extents = new ArrayList<>();
    read(tree.root(), extents, nodes);
    return extents;
  }

  private void read(Node node, List<Extent> into, List<Long> nodes) throws IOException {
    if (into.size() + node.entries() > MOST_EXTENTS) {
      throw changes.unsupported("changing a file of ext4 in more than " + MOST_EXTENTS + " pieces");
    }
    for (int i = 0; i < node.entries(); i++) {
      if (node.level() == 0) {
        into.add(new Extent(node.first(i), node.blocks(i), node.leafBlock(i), node.isWritten(i)));
      } else {
        nodes.add(node.nodeBlock(i));
        read(tree.below(node, i), into, nodes);
      }
    }
  }

  @Override
  public Run provide(long fileBlock, long most) throws IOException {
    List<Long> nodes = new ArrayList<>();
    List<Extent> extents = read(nodes);
    List<Extent> result = new ArrayList<>();
    Extent before = null;
    long next = mostBlocks();
    for (Extent extent : extents) {
      if (extent.end() <= fileBlock) {
        before = extent;
      } else if (extent.first() > fileBlock) {
        next = Math.min(next, extent.first());
      } else if (!extent.written()) {
        return convert(extents, nodes, extent, fileBlock, most);
      }
    }
    long goal = before == null ? allocator.first(groupOfFile()) : before.block() + before.length();
    if (goal >= changes.superblock().blocks()) {
      goal = allocator.first(groupOfFile());
    }
    long count = Math.min(Math.min(most, next - fileBlock), ExtentTree.MOST_BLOCKS - 1);
    Run got = allocator.allocate(goal, count);
    Extent added = new Extent(fileBlock, (int) got.length(), got.block(), true);
    for (Extent extent : extents) {
      if (added != null && extent.first() > fileBlock) {
        append(result, added);
        added = null;
      }
      append(result, extent);
    }
    if (added != null) {
      append(result, added);
    }
    file.addBlocks(got.length());
    write(result, nodes);
    return new Run(fileBlock, got.length(), got.block());
  }

  private long groupOfFile() {
    return (file.number() - 1) / changes.superblock().inodesPerGroup();
  }

  /** Makes blocks have content that the file has, and that read as zeroes. */
  private Run convert(
      List<Extent> extents, List<Long> nodes, Extent extent, long fileBlock, long most)
      throws IOException {
    long end = Math.min(extent.end(), fileBlock + most);
    List<Extent> result = new ArrayList<>();
    for (Extent each : extents) {
      if (each.first() != extent.first()) {
        append(result, each);
        continue;
      }
      if (extent.first() < fileBlock) {
        append(result, extent.part(extent.first(), fileBlock));
      }
      Extent part = extent.part(fileBlock, end);
      append(result, new Extent(part.first(), part.length(), part.block(), true));
      if (end < extent.end()) {
        append(result, extent.part(end, extent.end()));
      }
    }
    write(result, nodes);
    return new Run(fileBlock, end - fileBlock, extent.block() + fileBlock - extent.first());
  }

  @Override
  public long replace(long fileBlock) throws IOException {
    List<Long> nodes = new ArrayList<>();
    List<Extent> result = new ArrayList<>();
    long place = Run.NOWHERE;
    for (Extent extent : read(nodes)) {
      if (fileBlock < extent.first() || fileBlock >= extent.end()) {
        append(result, extent);
        continue;
      }
      long old = extent.block() + fileBlock - extent.first();
      place = allocator.allocate(old, 1).block();
      allocator.free(old, 1);
      if (extent.first() < fileBlock) {
        append(result, extent.part(extent.first(), fileBlock));
      }
      append(result, new Extent(fileBlock, 1, place, true));
      if (fileBlock + 1 < extent.end()) {
        append(result, extent.part(fileBlock + 1, extent.end()));
      }
    }
    write(result, nodes);
    return place;
  }

  private static void append(List<Extent> extents, Extent extent) {
    if (!extents.isEmpty() && extent.continues(extents.getLast())) {
      Extent before = extents.removeLast();
      extents.add(
          new Extent(
              before.first(), before.length() + extent.length(), before.block(), before.written()));
    } else {
      extents.add(extent);
    }
  }

  @Override
  public void cut(long fileBlock) throws IOException {
    List<Long> nodes = new ArrayList<>();
    List<Extent> kept = new ArrayList<>();
    boolean changed = false;
    for (Extent extent : read(nodes)) {
      long end = Math.clamp(fileBlock, extent.first(), extent.end());
      if (end > extent.first()) {
        kept.add(extent.part(extent.first(), end));
      }
      if (end < extent.end()) {
        Extent gone = extent.part(end, extent.end());
        allocator.free(gone.block(), gone.length());
        file.addBlocks(-gone.length());
        changed = true;
      }
    }
    if (changed) {
      write(kept, nodes);
    }
  }

  /** Replaces the tree. */
  private void write(List<Extent> extents, List<Long> oldNodes) throws IOException {
    for (long node : oldNodes) {
      allocator.free(node, 1);
    }
    file.addBlocks(-oldNodes.size());
    if (extents.size() <= IN_INODE) {
      fill(root(), IN_INODE, 0, extents);
      return;
    }
    int perBlock = (changes.superblock().blockSize() - ExtentTree.HEADER) / ExtentTree.ENTRY;
    List<Entry> level = new ArrayList<>();
    for (int at = 0; at < extents.size(); at += perBlock) {
      List<Extent> some = extents.subList(at, Math.min(at + perBlock, extents.size()));
      long block = newNode(extents.getFirst().block());
      ByteBuffer node = buffer(changes.device().change(block));
      fill(node, perBlock, 0, some);
      sign(node, perBlock);
      level.add(new Entry(some.getFirst().first(), block));
    }
    int depth = 1;
    for (; level.size() > IN_INODE; depth++) {
      List<Entry> above = new ArrayList<>();
      for (int at = 0; at < level.size(); at += perBlock) {
        List<Entry> some = level.subList(at, Math.min(at + perBlock, level.size()));
        long block = newNode(extents.getFirst().block());
        ByteBuffer node = buffer(changes.device().change(block));
        fillIndex(node, perBlock, depth, some);
        sign(node, perBlock);
        above.add(new Entry(some.getFirst().first(), block));
      }
      level = above;
    }
    fillIndex(root(), IN_INODE, depth, level);
  }

  /** An entry of a node that is no leaf. */
  private record Entry(long first, long block) {}

  private long newNode(long near) throws IOException {
    long block = allocator.allocate(near, 1).block();
    file.addBlocks(1);
    byte[] blank = changes.device().replace(block);
    assert blank.length == changes.superblock().blockSize();
    return block;
  }

  private ByteBuffer root() {
    return file.bytes().slice(Inode.BLOCKS_AT, Inode.BLOCKS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void fill(ByteBuffer node, int most, int level, List<Extent> extents) {
    ExtentTree.putHeader(node, extents.size(), most, level);
    int at = ExtentTree.HEADER;
    for (Extent extent : extents) {
      int length = extent.written() ? extent.length() : extent.length() + ExtentTree.MOST_BLOCKS;
      node.putInt(at, (int) extent.first());
      node.putShort(at + 4, (short) length);
      node.putShort(at + 6, (short) (extent.block() >>> Integer.SIZE));
      node.putInt(at + 8, (int) extent.block());
      at += ExtentTree.ENTRY;
    }
  }

  private static void fillIndex(ByteBuffer node, int most, int level, List<Entry> entries) {
    ExtentTree.putHeader(node, entries.size(), most, level);
    int at = ExtentTree.HEADER;
    for (Entry entry : entries) {
      node.putInt(at, (int) entry.first());
      node.putInt(at + 4, (int) entry.block());
      node.putShort(at + 8, (short) (entry.block() >>> Integer.SIZE));
      node.putShort(at + 10, (short) 0);
      at += ExtentTree.ENTRY;
    }
  }

  private void sign(ByteBuffer node, int most) {
    if (changes.superblock().hasMetadataChecksums()) {
      int at = ExtentTree.HEADER + most * ExtentTree.ENTRY;
      int sum =
          changes.superblock().checksums().ofBlock(file.inode(), DeviceBytes.bytesOf(node), at);
      node.putInt(at, sum);
    }
  }
}
