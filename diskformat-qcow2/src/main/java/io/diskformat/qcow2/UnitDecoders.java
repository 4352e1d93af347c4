package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.ReusePool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Decodes the clusters of an image that is read in one pass: the last byte of what is decoded says
 * whether the rest is compressed. Thread-safe.
 */
final class UnitDecoders {
  private static final byte PLAIN = 0;
  private static final byte COMPRESSED = 1;

  private final String name;
  private final CompressionType type;
  private final ReusePool<Decompressor> idle = new ReusePool<>(Decompressor::close);

  UnitDecoders(String name, CompressionType type) {
    this.name = name;
    this.type = type;
  }

  /** Returns a cluster as it is stored, for a decoder. */
  static byte[] plain(byte[] cluster) {
    return with(cluster, PLAIN);
  }

  /** Returns a compressed cluster's stream, for a decoder. */
  static byte[] compressed(byte[] stream) {
    return with(stream, COMPRESSED);
  }

  private static byte[] with(byte[] bytes, byte kind) {
    byte[] encoded = Arrays.copyOf(bytes, bytes.length + 1);
    encoded[bytes.length] = kind;
    return encoded;
  }

  /** Decodes a cluster, as {@link io.diskformat.ImageInput.Decoder} says. */
  void decode(long offset, byte[] encoded, MemorySegment target) throws IOException {
    int length = encoded.length - 1;
    if (encoded[length] == PLAIN) {
      MemorySegment.copy(MemorySegment.ofArray(encoded), 0, target, 0, length);
      target.asSlice(length).fill((byte) 0);
      return;
    }
    Decompressor decompressor = idle.take(() -> ClusterReader.decompressor(name, type));
    try {
      String problem =
          length == 0
              ? "is beyond the end: was it cut short?"
              : decompressor.decompress(encoded, length, target);
      if (problem != null) {
        throw new CorruptImageException(
            name, "compressed cluster of offset " + offset + " of the disk", -1, problem);
      }
    } finally {
      idle.giveBack(decompressor);
    }
  }

  void close() {
    idle.close();
  }
}
