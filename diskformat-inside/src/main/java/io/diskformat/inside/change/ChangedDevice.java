package io.diskformat.inside.change;

import io.diskformat.BlockDevice;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A volume with changed blocks, which are kept in memory. This class writes none of them: a commit
 * takes {@link #changes} and writes them in the order that the file system demands. Not thread-safe
 * while it is changed.
 */
public final class ChangedDevice extends ReadingDevice {
  /** The most memory of changed blocks, in bytes. */
  public static final long MOST_BYTES = 256L << 20;

  private final BlockDevice device;
  private final int blockSize;
  private final TreeMap<Long, byte[]> changes = new TreeMap<>();

  /**
   * The content before {@link #begin} of the blocks that changed since, null for the stored one.
   */
  private final Map<Long, byte @Nullable []> before = new HashMap<>();

  private boolean begun;

  /**
   * Creates a device without changes.
   *
   * @param device what is stored; stays the caller's
   * @param blockSize the size of a block that is changed as one, in bytes
   */
  public ChangedDevice(BlockDevice device, int blockSize) {
    super(device.toString(), device.size());
    this.device = device;
    this.blockSize = blockSize;
  }

  /** Begins a step: {@link #undo} takes back what changes from now on. */
  public void begin() {
    before.clear();
    begun = true;
  }

  /** Takes back all changes since {@link #begin}. */
  public void undo() {
    before.forEach((block, held) -> {
      if (held == null) {
        changes.remove(block);
      } else {
        changes.put(block, held);
      }
    });
    before.clear();
  }

  /** Returns the blocks that changed since {@link #begin}. */
  public Set<Long> changedSinceBegin() {
    return Collections.unmodifiableSet(before.keySet());
  }

  /**
   * Returns the content that a block that changed since {@link #begin} had before, or null if that
   * is the stored one.
   */
  public byte @Nullable [] heldBefore(long block) {
    return before.get(block);
  }

  private void note(long block) {
    if (begun && !before.containsKey(block)) {
      byte[] held = changes.get(block);
      before.put(block, held == null ? null : held.clone());
    }
  }

  /**
   * Returns what a block will hold, to be changed until the next step begins. It is as long as a
   * block, or ends with the disk.
   *
   * @param block its number, from the start of the volume
   * @throws IndexOutOfBoundsException if it is not within the disk
   * @throws IOException if it cannot be read, or more would be kept than {@link #MOST_BYTES}
   */
  public byte[] change(long block) throws IOException {
    byte[] changed = changes.get(block);
    if (changed != null) {
      note(block);
    } else {
      changed = blank(block);
      note(block);
      device.read(block * blockSize, changed);
      changes.put(block, changed);
    }
    return changed;
  }

  /**
   * Makes a block hold zeroes, whatever is stored in it, and returns it to be changed.
   *
   * @param block its number, from the start of the volume
   * @throws IndexOutOfBoundsException if it is not within the disk
   * @throws IOException if more would be kept than {@link #MOST_BYTES}
   */
  public byte[] replace(long block) throws IOException {
    byte[] blank = blank(block);
    note(block);
    changes.put(block, blank);
    return blank;
  }

  private byte[] blank(long block) throws IOException {
    long blocks = Math.ceilDiv(size(), (long) blockSize);
    if (block < 0 || block >= blocks) {
      throw new IndexOutOfBoundsException("block " + block + " of " + blocks);
    }
    if (!changes.containsKey(block) && (changes.size() + 1L) * blockSize > MOST_BYTES) {
      throw tooMuch();
    }
    return new byte[(int) Math.min(blockSize, size() - block * blockSize)];
  }

  /**
   * Checks that there is room for more changed bytes.
   *
   * @throws IOException if more would be kept than {@link #MOST_BYTES}
   */
  public void require(long bytes) throws IOException {
    if (bytes > MOST_BYTES - changes.size() * (long) blockSize) {
      throw tooMuch();
    }
  }

  private IOException tooMuch() {
    return new IOException(
        this + ": the changes of one edit would take more than " + MOST_BYTES + " bytes");
  }

  /**
   * Changes bytes, whatever blocks they are in.
   *
   * @param offset in bytes from the start of the volume
   * @throws IndexOutOfBoundsException if they are not within the disk
   * @throws IOException if a block cannot be read, or more would be kept than {@link #MOST_BYTES}
   */
  public void put(long offset, byte[] bytes) throws IOException {
    for (int done = 0; done < bytes.length; ) {
      int within = (int) ((offset + done) % blockSize);
      byte[] block = change((offset + done) / blockSize);
      int length = Math.min(bytes.length - done, block.length - within);
      System.arraycopy(bytes, done, block, within, length);
      done += length;
    }
  }

  /** Forgets a change of a block, which will hold what is stored. */
  public void forget(long block) {
    note(block);
    changes.remove(block);
  }

  /** Returns the blocks that were changed and what they will hold, by their numbers. */
  public SortedMap<Long, byte[]> changes() {
    return Collections.unmodifiableSortedMap(changes);
  }

  /** Returns how large a block is, in bytes. */
  public int blockSize() {
    return blockSize;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    device.read(offset, target);
    long first = offset / blockSize;
    long last = (offset + length - 1) / blockSize;
    for (Map.Entry<Long, byte[]> change : changes.subMap(first, true, last, true).entrySet()) {
      long position = change.getKey() * blockSize;
      long from = Math.max(offset, position);
      long until = Math.min(offset + length, position + change.getValue().length);
      MemorySegment.copy(
          MemorySegment.ofArray(change.getValue()),
          from - position,
          target,
          from - offset,
          until - from);
    }
  }
}
