package io.diskformat.channel;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Objects;

/**
 * A device as a {@link SeekableByteChannel}. Its methods are synchronized, but threads that share a
 * channel share its position: give each thread a channel of its own.
 *
 * <p>Closing the channel leaves the device open. The channel cannot change the size of the disk.
 */
public final class DeviceChannel implements SeekableByteChannel {
  private final BlockDevice device;
  private long position;
  private boolean closed;

  private DeviceChannel(BlockDevice device) {
    this.device = device;
  }

  /** Returns a channel at the start of {@code device}. */
  public static DeviceChannel of(BlockDevice device) {
    return new DeviceChannel(Objects.requireNonNull(device));
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= device.size()) {
      return target.hasRemaining() ? -1 : 0;
    }
    int length = (int) Math.min(target.remaining(), device.size() - position);
    int limit = target.limit();
    target.limit(target.position() + length);
    try {
      device.read(position, target);
    } finally {
      target.limit(limit);
    }
    position += length;
    return length;
  }

  /**
   * Writes as much of {@code source} as fits before the end of the disk, and returns the number of
   * bytes.
   *
   * @throws NonWritableChannelException if the device is not writable
   * @throws IOException if nothing fits, or writing fails
   */
  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    checkOpen();
    if (!device.isWritable()) {
      throw new NonWritableChannelException();
    }
    if (!source.hasRemaining()) {
      return 0;
    }
    if (position >= device.size()) {
      throw new IOException(device + ": the disk ends at " + device.size() + " bytes");
    }
    int length = (int) Math.min(source.remaining(), device.size() - position);
    int limit = source.limit();
    source.limit(source.position() + length);
    try {
      device.write(position, source);
    } finally {
      source.limit(limit);
    }
    position += length;
    return length;
  }

  @Override
  public synchronized long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public synchronized DeviceChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("negative position: " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public synchronized long size() throws IOException {
    checkOpen();
    return device.size();
  }

  /**
   * Moves the position to {@code size} if it is beyond, and does not change the disk.
   *
   * @return this channel
   * @throws UnsupportedOperationException if {@code size} is less than that of the disk
   */
  @Override
  public synchronized DeviceChannel truncate(long size) throws IOException {
    checkOpen();
    if (size < 0) {
      throw new IllegalArgumentException("negative size: " + size);
    }
    if (!device.isWritable()) {
      throw new NonWritableChannelException();
    }
    if (size < device.size()) {
      throw new UnsupportedOperationException("a channel does not change the size of a disk");
    }
    position = Math.min(position, size);
    return this;
  }

  @Override
  public synchronized boolean isOpen() {
    return !closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }
}
