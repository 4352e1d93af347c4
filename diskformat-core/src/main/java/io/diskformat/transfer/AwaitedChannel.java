package io.diskformat.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A channel that a worker may wait for, without the job's end having to wait, too. */
final class AwaitedChannel implements WritableByteChannel {
  private final WritableByteChannel channel;

  AwaitedChannel(WritableByteChannel channel) {
    this.channel = channel;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return Crew.awaiting(() -> channel.write(source));
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
