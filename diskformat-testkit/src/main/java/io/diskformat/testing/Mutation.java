package io.diskformat.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A change of some bytes of an image.
 *
 * @param what the structure and the change, for a message
 * @param position the position in the file
 * @param bytes what the file holds there afterwards
 * @param keepsContent whether the disk must read as before
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares mutations
public record Mutation(String what, long position, byte[] bytes, boolean keepsContent) {

  /** Makes the change. */
  public void apply(FileChannel image) throws IOException {
    image.write(ByteBuffer.wrap(bytes), position);
  }

  /** Puts back what the image had there. */
  public void undo(FileChannel image, byte[] original) throws IOException {
    int length = (int) Math.min(bytes.length, original.length - position);
    image.write(ByteBuffer.wrap(original, (int) position, length), position);
    image.truncate(original.length);
  }

  @Override
  public String toString() {
    return what;
  }
}
