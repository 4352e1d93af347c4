package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory of persistent dirty bitmaps. Section "Bitmaps" of the specification. An image whose
 * autoclear bit 0 is clear has none that can be believed.
 */
final class BitmapDirectory {
  private static final int EXTENSION_LENGTH = 24;
  private static final int ENTRY_LENGTH = 24;
  private static final int MAX_BITMAPS = 65535;
  private static final long MAX_DIRECTORY = 64 << 20;
  private static final int MAX_NAME = 1023;

  /** All names are held in memory at once. No tool writes nearly as many. */
  private static final long MAX_NAMES = 4 << 20;

  private static final int IN_USE = 1;
  private static final int AUTO = 2;

  private BitmapDirectory() {}

  /**
   * Describes the bitmaps, each as qemu-img describes it: {@code flags}, {@code name}, {@code
   * granularity}.
   *
   * @throws CorruptImageException if the directory contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static List<Map<String, Object>> describe(Storage storage, Qcow2Header header)
      throws IOException {
    byte[] extension = header.extensions().find(HeaderExtensions.BITMAPS).orElse(new byte[0]);
    if ((header.autoclear() & Qcow2Header.BITMAPS) == 0 || extension.length == 0) {
      return List.of();
    }
    if (extension.length != EXTENSION_LENGTH) {
      throw corrupt(storage, 0, "its header extension has " + extension.length + " bytes, not 24");
    }
    ByteBuffer fields = ByteBuffer.wrap(extension);
    int count = fields.getInt(0);
    long size = fields.getLong(8);
    long offset = fields.getLong(16);
    if (count < 1
        || count > MAX_BITMAPS
        || size < 0
        || size > MAX_DIRECTORY
        || offset < 0
        || (offset & header.clusterSize() - 1) != 0) {
      throw corrupt(
          storage,
          offset,
          "%s bitmaps in %s bytes"
              .formatted(Integer.toUnsignedString(count), Long.toUnsignedString(size)));
    }
    try {
      return entries(storage, offset, offset + size, count);
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(), "bitmap directory", offset, "is cut short by the end of the file", e);
    }
  }

  private static List<Map<String, Object>> entries(
      Storage storage, long offset, long end, int count) throws IOException {
    List<Map<String, Object>> bitmaps = new ArrayList<>();
    long at = offset;
    long names = 0;
    for (int i = 0; i < count; i++) {
      ByteBuffer entry = bytes(storage, at, ENTRY_LENGTH);
      int granularityBits = entry.get(17);
      int nameLength = entry.getShort(18) & 0xffff;
      int extraLength = entry.getInt(20);
      long next = at + ENTRY_LENGTH + nameLength + extraLength + 7 & -8;
      names += nameLength;
      if (granularityBits < 0
          || granularityBits > 63
          || extraLength < 0
          || nameLength > MAX_NAME
          || names > MAX_NAMES
          || next > end) {
        throw corrupt(storage, offset, "entry " + i + " does not fit, or makes no sense");
      }
      List<String> flags = new ArrayList<>();
      if ((entry.getInt(12) & IN_USE) != 0) {
        flags.add("in-use");
      }
      if ((entry.getInt(12) & AUTO) != 0) {
        flags.add("auto");
      }
      Map<String, Object> bitmap = new LinkedHashMap<>();
      bitmap.put("flags", flags);
      bitmap.put(
          "name",
          StandardCharsets.UTF_8
              .decode(bytes(storage, at + ENTRY_LENGTH + extraLength, nameLength))
              .toString());
      bitmap.put("granularity", 1L << granularityBits);
      bitmaps.add(bitmap);
      at = next;
    }
    return bitmaps;
  }

  private static ByteBuffer bytes(Storage storage, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes);
  }

  private static CorruptImageException corrupt(Storage storage, long offset, String problem) {
    return new CorruptImageException(storage.name(), "bitmap directory", offset, problem);
  }
}
