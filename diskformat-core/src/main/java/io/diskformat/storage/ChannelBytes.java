package io.diskformat.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The operations on a file's bytes that are system calls. */
final class ChannelBytes {
  /**
   * The alignment of zeroing on a block device, in bytes: a device zeroes whole blocks, which are
   * no larger.
   */
  private static final long DEVICE_BLOCK = 4096;

  private static final String ZEROING = "writing zeroes";
  private static final String RESERVING = "reserving space";

  private final OpenFile file;
  private final ReopeningChannel channel;
  private final SegmentTransfer transfer;

  /** Held shared by writes, and exclusively while zeroes are written to extend the file. */
  private final ReadWriteLock growth = new ReentrantReadWriteLock();

  ChannelBytes(OpenFile file) {
    this.file = file;
    this.channel = file.channel();
    this.transfer = new SegmentTransfer(file.name(), channel);
  }

  /** Fills a segment as {@link SegmentTransfer#read} does. */
  void read(long position, MemorySegment target) throws IOException {
    transfer.read(position, target);
  }

  /** Fills a segment; returns false instead of throwing if that fails. */
  boolean tryRead(long position, MemorySegment target) {
    try {
      transfer.read(position, target);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Writes all of a segment as {@link SegmentTransfer#write} does. */
  void write(long position, MemorySegment source) throws IOException {
    growth.readLock().lock();
    try {
      transfer.write(position, source);
    } finally {
      growth.readLock().unlock();
    }
  }

  /** Makes a range read as zeroes, by the system call for zeroing where there is one. */
  void zero(long start, long end, boolean giveBack) throws IOException {
    long unit = file.isBlockDevice() ? DEVICE_BLOCK : 1;
    long from = (start + unit - 1) / unit * unit;
    long to = end / unit * unit;
    NativeFile nativeFile = file.nativeFile();
    if (from < to && nativeFile != null && nativeFile.zero(from, to - from, giveBack)) {
      transfer.writeZeroes(ZEROING, start, from);
      transfer.writeZeroes(ZEROING, to, end);
    } else {
      transfer.writeZeroes(ZEROING, start, end);
    }
  }

  /**
   * Extends the file to {@code end} and reserves the host's space for the range, by the system call
   * for that where there is one.
   */
  void reserve(long start, long end) throws IOException {
    NativeFile nativeFile = file.nativeFile();
    if (nativeFile != null && nativeFile.reserve(start, end - start)) {
      return;
    }
    // Existing bytes are assumed to have their space.
    growth.writeLock().lock();
    try {
      long missing = Math.max(start, channel.size());
      long usable =
          channel.run(RESERVING, start, _ -> Files.getFileStore(file.path()).getUsableSpace());
      if (usable > 0 && end - missing > usable) {
        throw FileErrors.of(
            file.name(), RESERVING + " at " + start, "No space left on device", null);
      }
      transfer.writeZeroes(RESERVING, missing, end);
    } finally {
      growth.writeLock().unlock();
    }
  }
}
