package io.diskformat.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A channel whose bytes are looked at when the channel behind it has taken them. */
final class InspectedChannel implements WritableByteChannel {
  private final ImageInspector inspector;
  private final WritableByteChannel target;

  InspectedChannel(ImageInspector inspector, WritableByteChannel target) {
    this.inspector = inspector;
    this.target = target;
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    ByteBuffer same = bytes.duplicate();
    int written = target.write(bytes);
    inspector.accept(same.limit(same.position() + written));
    return written;
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
