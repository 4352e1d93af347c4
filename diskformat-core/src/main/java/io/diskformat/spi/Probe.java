package io.diskformat.spi;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bytes of an image whose format is to be determined. They are read a page at a time and kept,
 * so that probing costs a few reads, whatever the number of formats and the size of the image. Not
 * thread-safe.
 */
public final class Probe {
  /** The length of a page, in bytes. */
  private static final int PAGE = 4096;

  /** The largest number of pages that are kept: more than all known marks lie on. */
  private static final int MOST_PAGES = 64;

  /** The largest length of one request, in bytes. */
  private static final int MOST_BYTES = 1 << 16;

  private final Storage storage;
  private final long size;
  private final Map<Long, byte[]> pages = new LinkedHashMap<>();

  /**
   * Creates a probe.
   *
   * @param storage the image, which stays open
   * @throws IOException if its size cannot be read
   */
  public Probe(Storage storage) throws IOException {
    this.storage = storage;
    this.size = storage.size();
  }

  /** Returns the name used in error messages. */
  public String name() {
    return storage.name();
  }

  /** Returns the length of the image's file, in bytes. */
  public long size() {
    return size;
  }

  /**
   * Returns bytes of the image, fewer than requested if it ends before.
   *
   * @param position in bytes from the start of the image
   * @param length in bytes, at most 64 KiB
   * @throws IllegalArgumentException if the position is negative, or the length is negative or
   *     greater than 64 KiB
   * @throws IOException if they cannot be read
   */
  public byte[] bytes(long position, int length) throws IOException {
    if (position < 0 || length < 0 || length > MOST_BYTES) {
      throw new IllegalArgumentException(length + " bytes at " + position);
    }
    byte[] bytes = new byte[Math.clamp(size - position, 0, length)];
    for (int done = 0; done < bytes.length; ) {
      long at = position + done;
      byte[] page = page(at & -PAGE);
      int from = (int) (at & PAGE - 1);
      int count = Math.min(page.length - from, bytes.length - done);
      System.arraycopy(page, from, bytes, done, count);
      done += count;
    }
    return bytes;
  }

  private byte[] page(long start) throws IOException {
    byte[] page = pages.get(start);
    if (page == null) {
      page = new byte[(int) Math.min(PAGE, size - start)];
      storage.read(start, MemorySegment.ofArray(page));
      if (pages.size() == MOST_PAGES) {
        pages.clear();
      }
      pages.put(start, page);
    }
    return page;
  }

  /**
   * Returns whether the image has these bytes at a position. It has none before its start or beyond
   * its end.
   *
   * @param position in bytes from the start of the image
   * @throws IOException if they cannot be read
   */
  public boolean hasAt(long position, byte... mark) throws IOException {
    return position >= 0 && Arrays.equals(bytes(position, mark.length), mark);
  }

  /**
   * Returns whether the image has these bytes at a position, as {@link #hasAt(long, byte...)} does.
   *
   * @param position in bytes from the start of the image
   * @param mark the bytes as Latin-1 characters
   * @throws IOException if they cannot be read
   */
  public boolean hasAt(long position, String mark) throws IOException {
    return hasAt(position, mark.getBytes(StandardCharsets.ISO_8859_1));
  }
}
