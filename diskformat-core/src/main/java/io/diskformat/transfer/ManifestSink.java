package io.diskformat.transfer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Makes the checksum of a disk and its manifest of those of its blocks. Not thread-safe. */
final class ManifestSink implements InOrder.Sink<byte[]> {
  private final long size;
  private final OuterHash outer;
  private final ManifestWriter writer;

  /**
   * Begins.
   *
   * @param size of the disk, in bytes
   */
  ManifestSink(WritableByteChannel manifest, BlockAlgorithm algorithm, long size)
      throws IOException {
    this.size = size;
    this.outer = new OuterHash(algorithm.digest());
    this.writer = new ManifestWriter(manifest, new ManifestHeader(algorithm, size));
  }

  @Override
  public boolean take(Window window, byte[] checksums) throws IOException {
    outer.add(checksums);
    writer.add(checksums);
    return true;
  }

  /** Ends the manifest, and returns the checksum of the disk. */
  byte[] finish() throws IOException {
    byte[] hash = outer.finish(size);
    writer.finish(hash);
    return hash;
  }
}
