package io.diskformat.iso.build;

import io.diskformat.iso.disc.BootInfoTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The content of a boot image that gets to know where it is: the copy that is written, not the
 * content that was given.
 *
 * <p>It gets a {@link BootInfoTable}, or what GRUB 2 wants: at byte 2548, in 8 bytes, the sector of
 * 512 bytes where the image goes on, its sixth.
 */
final class BootImage implements DiscContent {
  /** Larger than any image that looks for such a table. */
  private static final int LARGEST = 64 << 20;

  private static final int GRUB_INFO = 2548;
  private static final int GRUB_SECTOR = 5;

  private final String name;
  private final DiscContent original;
  private final long size;
  private final boolean infoTable;
  private final boolean grubInfo;
  private @Nullable Extent extent;

  /**
   * Wraps content.
   *
   * @throws IOException if there is no room for what it is to get
   */
  BootImage(String name, DiscContent original, long size, boolean infoTable, boolean grubInfo)
      throws IOException {
    long least = grubInfo ? GRUB_INFO + 8 : BootInfoTable.END;
    if (size < least || size > LARGEST) {
      throw new IOException(
          name + ": a boot image of " + size + " bytes has no room for what it is to be given");
    }
    this.name = name;
    this.original = original;
    this.size = size;
    this.infoTable = infoTable;
    this.grubInfo = grubInfo;
  }

  /** Sets where it is. */
  void extent(Extent where) {
    extent = where;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ReadableByteChannel open() throws IOException {
    byte[] bytes = new byte[(int) size];
    ByteBuffer to = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try (ReadableByteChannel in = original.open()) {
      while (to.hasRemaining()) {
        if (in.read(to) < 0) {
          throw new IOException(name + ": ends before its size of " + size);
        }
      }
    }
    long block = extent == null ? 0 : extent.block();
    if (grubInfo) {
      to.putLong(GRUB_INFO, block * 4 + GRUB_SECTOR);
    }
    if (infoTable) {
      new BootInfoTable(VolumeDescriptorSet.FIRST, block, size, checksum(bytes)).write(to);
    }
    return Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  /** Returns the sum of the words behind the table; what is missing of the last one is zeroes. */
  static int checksum(byte[] bytes) {
    int sum = 0;
    for (int at = BootInfoTable.END; at < bytes.length; at++) {
      sum += (bytes[at] & 0xff) << (8 * (at & 3));
    }
    return sum;
  }
}
