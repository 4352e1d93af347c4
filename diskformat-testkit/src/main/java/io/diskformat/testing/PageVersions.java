package io.diskformat.testing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a page held, or what the size was, at moments since a flush; the first is the flush. */
final class PageVersions {
  private int count;
  private int[] operations = new int[2];
  private byte[] @Nullable [] contents = new byte[2][];
  private long[] sizes = new long[2];

  PageVersions(byte @Nullable [] content, long size) {
    add(-1, content, size);
  }

  void add(int operation, byte @Nullable [] content, long size) {
    if (count == operations.length) {
      operations = Arrays.copyOf(operations, 2 * count);
      contents = Arrays.copyOf(contents, 2 * count);
      sizes = Arrays.copyOf(sizes, 2 * count);
    }
    operations[count] = operation;
    contents[count] = content;
    sizes[count] = size;
    count++;
  }

  /** Returns the number of the last version before {@code point}. */
  int lastBefore(int point) {
    int version = count - 1;
    while (operations[version] >= point) {
      version--;
    }
    return version;
  }

  /** Returns what the page held in a version; null for zeroes. */
  byte @Nullable [] content(int version) {
    return contents[version];
  }

  /** Returns the size in a version, in bytes. */
  long size(int version) {
    return sizes[version];
  }
}
