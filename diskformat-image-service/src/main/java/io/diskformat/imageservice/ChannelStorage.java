package io.diskformat.imageservice;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.ReadOnlyStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;

/** The bytes of an image that a channel reads. */
final class ChannelStorage extends ReadOnlyStorage {
  /** In bytes. */
  private static final int PIECE = 1 << 20;

  private final String name;
  private final SeekableByteChannel channel;
  private final long size;

  /**
   * Creates a storage.
   *
   * @param name for errors
   * @param channel is closed with this
   */
  ChannelStorage(String name, SeekableByteChannel channel) throws IOException {
    this.name = name;
    this.channel = channel;
    this.size = channel.size();
  }

  /**
   * Opens the disk of an image that a channel reads.
   *
   * @param name for errors
   * @param channel is closed with the disk, and if this fails
   * @throws io.diskformat.DiskFormatException if it is not of that format, or needs other files
   */
  static DiskImage disk(String name, SeekableByteChannel channel, String format)
      throws IOException {
    boolean isOpen = false;
    try {
      DiskImage disk =
          DiskImages.open(
              new CachedStorage(new ChannelStorage(name, channel)),
              OpenOptions.readOnly().format(format));
      isOpen = true;
      return disk;
    } finally {
      if (!isOpen) {
        channel.close();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    long end = checkRange(position, target.byteSize());
    if (end > size) {
      throw beyondEnd(position, target.byteSize());
    }
    for (long done = 0; done < target.byteSize(); ) {
      ByteBuffer piece =
          target.asSlice(done, Math.min(PIECE, target.byteSize() - done)).asByteBuffer();
      int count = read(position + done, piece);
      if (count < 0) {
        throw beyondEnd(position, target.byteSize());
      }
      done += count;
    }
  }

  private int read(long position, ByteBuffer piece) throws IOException {
    if (channel instanceof FileChannel file) {
      return file.read(piece, position);
    }
    synchronized (channel) {
      return channel.position(position).read(piece);
    }
  }

  @Override
  protected void release() throws IOException {
    channel.close();
  }
}
