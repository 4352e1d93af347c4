package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Content that is a range of a device.
 *
 * @param device stays its owner's
 * @param offset where it begins, in bytes
 * @param size in bytes
 */
record DeviceContent(BlockDevice device, long offset, long size) implements DiscContent {
  @Override
  public ReadableByteChannel open() {
    return new ReadableByteChannel() {
      private long done;

      @Override
      public int read(ByteBuffer target) throws IOException {
        if (done == size) {
          return -1;
        }
        int length = (int) Math.min(target.remaining(), size - done);
        ByteBuffer part = target.slice(target.position(), length);
        device.read(offset + done, part);
        target.position(target.position() + length);
        done += length;
        return length;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {}
    };
  }
}
