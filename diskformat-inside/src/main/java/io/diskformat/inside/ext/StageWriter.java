package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.inside.change.RunWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * Writes the stages of an edit, each durable before the next begins. Inodes that are in one block
 * may be of different stages: each is written with the sectors that it is in, and what else these
 * held then.
 */
final class StageWriter {
  private static final int SECTOR = 512;

  private final BlockDevice device;
  private final ExtChanges changes;
  private final int blockSize;

  /** What blocks of inodes hold on the device by now. */
  private final Map<Long, byte[]> inodeBlocks = new HashMap<>();

  private final RunWriter writer;

  StageWriter(BlockDevice device, ExtChanges changes) {
    this.device = device;
    this.changes = changes;
    this.blockSize = changes.superblock().blockSize();
    this.writer = new RunWriter(device);
  }

  /** Ends a stage. */
  void barrier() throws IOException {
    writer.barrier();
  }

  /** Writes blocks. */
  void blocks(SortedMap<Long, byte[]> blocks) throws IOException {
    for (Map.Entry<Long, byte[]> block : blocks.entrySet()) {
      writer.add(block.getKey() * blockSize, block.getValue());
    }
    writer.write();
  }

  /** Writes bytes. */
  void bytes(long position, byte[] bytes) throws IOException {
    writer.add(position, bytes);
    writer.write();
  }

  /** Writes the superblock in one piece; its first sector alone if no other changes. */
  void superblock(byte[] bytes) throws IOException {
    byte[] now = new byte[bytes.length];
    device.read(Superblock.POSITION, now);
    boolean first = Arrays.equals(now, SECTOR, now.length, bytes, SECTOR, bytes.length);
    bytes(Superblock.POSITION, first ? Arrays.copyOf(bytes, SECTOR) : bytes);
  }

  /** Writes inodes as they will be. */
  void inodes(Collection<Long> numbers) throws IOException {
    int size = changes.superblock().inodeSize();
    TreeSet<Long> sectors = new TreeSet<>();
    for (long number : numbers) {
      long position = changes.volume().inodePosition(number);
      byte[] block = inodeBlock(position / blockSize);
      byte[] inode = new byte[size];
      changes.device().read(position, inode);
      System.arraycopy(inode, 0, block, (int) (position % blockSize), size);
      for (long at = position / SECTOR; at * SECTOR < position + size; at++) {
        sectors.add(at);
      }
    }
    while (!sectors.isEmpty()) {
      long first = sectors.removeFirst();
      long end = first + 1;
      while (end * SECTOR % blockSize != 0 && sectors.remove(end)) {
        end++;
      }
      byte[] block = inodeBlock(first * SECTOR / blockSize);
      int from = (int) (first * SECTOR % blockSize);
      bytes(first * SECTOR, Arrays.copyOfRange(block, from, from + (int) (end - first) * SECTOR));
    }
  }

  private byte[] inodeBlock(long number) throws IOException {
    byte[] block = inodeBlocks.get(number);
    if (block == null) {
      block = new byte[blockSize];
      device.read(number * blockSize, block);
      inodeBlocks.put(number, block);
    }
    return block;
  }
}
