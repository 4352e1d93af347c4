package io.diskformat.testing;

import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Writes to devices by having the host copy, as far as the format and its storage do that. */
final class HostCopies {
  /** After as many bytes at most, another attempt is made to copy: there a unit may begin. */
  private static final int PIECE = 64 << 10;

  private HostCopies() {}

  /** Writes bytes, those that are not copied as usual. */
  static void write(PlainTarget device, long offset, byte[] content) throws IOException {
    PagedStorage source = new PagedStorage("source");
    source.write(0, MemorySegment.ofArray(content));
    for (int at = 0; at < content.length; ) {
      int left = content.length - at;
      PlainBytes.Range range = new PlainBytes.Range(source, at, left);
      int copied = (int) device.copyFrom(range, offset + at, left);
      if (copied == 0) {
        copied = (int) Math.min(left, PIECE - (offset + at) % PIECE);
        device.write(offset + at, Arrays.copyOfRange(content, at, at + copied));
      }
      at += copied;
    }
  }
}
