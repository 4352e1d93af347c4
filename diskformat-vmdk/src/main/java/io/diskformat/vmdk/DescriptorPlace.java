package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Where the text of a descriptor is: in a file of its own, or in some sectors of an extent. Text
 * that changes within one sector is written over, as a sector reaches the host's disk whole or not
 * at all. For longer changes the new text is first put behind the old one, where a zero byte hides
 * it from others:
 *
 * <pre>
 * text, zeroes up to a multiple of 512
 * "#diskformat-rewrite 00000345 1c291ca3\n"   length and CRC-32 of what follows, in hexadecimal
 * text
 * </pre>
 *
 * <p>What is found so is the descriptor, whatever a crash has left of the text before it; once that
 * was written, the copy goes.
 */
final class DescriptorPlace {
  /** The longest descriptor, as for QEMU. */
  static final long LONGEST = 1 << 20;

  private static final int SECTOR = 512;
  private static final Pattern COPY =
      Pattern.compile("#diskformat-rewrite ([0-9a-f]{8}) ([0-9a-f]{8})\n");
  private static final int COPY_HEADER = 38;

  private final Storage storage;
  private final long position;
  private final long room;
  private final boolean whole;

  private DescriptorPlace(Storage storage, long position, long room, boolean whole) {
    this.storage = storage;
    this.position = position;
    this.room = room;
    this.whole = whole;
  }

  /** Returns the place of a descriptor that is a file of its own. */
  static DescriptorPlace ofFile(Storage storage) {
    return new DescriptorPlace(storage, 0, LONGEST, true);
  }

  /** Returns the place of a descriptor inside an extent. */
  static DescriptorPlace inside(Storage storage, SparseHeader header) {
    return new DescriptorPlace(
        storage,
        header.descriptor() << ExtentLine.SECTOR_BITS,
        header.descriptorSectors() << ExtentLine.SECTOR_BITS,
        false);
  }

  // Reading

  /** Returns the text. */
  byte[] read() throws IOException {
    byte[] all = all();
    for (int at = SECTOR; at + COPY_HEADER <= all.length; at += SECTOR) {
      String header = new String(all, at, COPY_HEADER, StandardCharsets.ISO_8859_1);
      Matcher matcher = COPY.matcher(header);
      if (matcher.matches()) {
        int length = (int) Long.parseLong(matcher.group(1), 16);
        int start = at + COPY_HEADER;
        if (length >= 0 && length <= all.length - start) {
          byte[] copy = Arrays.copyOfRange(all, start, start + length);
          if (crc(copy) == Long.parseLong(matcher.group(2), 16)) {
            return copy;
          }
        }
      }
    }
    return Arrays.copyOf(all, textLength(all));
  }

  private byte[] all() throws IOException {
    long length = whole ? storage.size() : room;
    if (length > LONGEST) {
      throw new UnsupportedFeatureException(
          storage.name(), "a VMDK descriptor of " + length + " bytes");
    }
    if (position + length > storage.size()) {
      throw new CorruptImageException(
          storage.name(),
          "descriptor",
          position,
          "ends beyond the end of the file, which has "
              + storage.size()
              + " bytes: was it cut short?");
    }
    return storage.read(position, (int) length).array();
  }

  private static int textLength(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return length;
  }

  private static long crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  // Writing

  /**
   * Replaces the text, and makes that durable. A crash leaves the old or the new one.
   *
   * @throws UnsupportedFeatureException if there is no room for it
   */
  void replace(byte[] text) throws IOException {
    if (text.length > room - (whole ? 0 : 1)) {
      throw noRoom(text.length);
    }
    byte[] old = read();
    byte[] all = all();
    if (!isZero(all, textLength(all))) {
      // A writer was cut off while it replaced the text.
      writeOver(old, all.length);
    }
    int length = Math.max(old.length, text.length);
    byte[] before = Arrays.copyOf(old, length);
    byte[] after = Arrays.copyOf(text, length);
    int from = Arrays.mismatch(before, after);
    if (from < 0) {
      return;
    }
    int to = length;
    while (before[to - 1] == after[to - 1]) {
      to--;
    }
    if (from / SECTOR == (to - 1) / SECTOR) {
      write(from, Arrays.copyOfRange(after, from, to));
      storage.flush(WriteStep.DESCRIPTOR);
    } else {
      int end = writeCopy(text, Math.ceilDiv(length + 1, SECTOR) * SECTOR);
      writeOver(text, end);
    }
    if (whole && storage.size() > text.length) {
      storage.resize(text.length);
      storage.flush();
    }
  }

  private static boolean isZero(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Writes a text behind the present one, and makes it durable; returns where it ends. */
  private int writeCopy(byte[] text, int at) throws IOException {
    byte[] header =
        "#diskformat-rewrite %08x %08x\n"
            .formatted(text.length, crc(text))
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] copy = Arrays.copyOf(header, header.length + text.length);
    System.arraycopy(text, 0, copy, header.length, text.length);
    if (at + copy.length > room) {
      throw noRoom(at + copy.length);
    }
    write(at, copy);
    storage.flush(WriteStep.DESCRIPTOR_COPY);
    return at + copy.length;
  }

  /** Writes a text of which there is a copy over the present one, and then zeroes up to an end. */
  private void writeOver(byte[] text, int end) throws IOException {
    int sectors = Math.ceilDiv(text.length + 1, SECTOR) * SECTOR;
    write(0, Arrays.copyOf(text, Math.min(sectors, end)));
    storage.flush(WriteStep.DESCRIPTOR);
    if (sectors < end) {
      write(sectors, new byte[end - sectors]);
    }
    storage.flush(WriteStep.DESCRIPTOR_COPY_GONE);
  }

  private UnsupportedFeatureException noRoom(long length) {
    return new UnsupportedFeatureException(
        storage.name(),
        "a VMDK descriptor of " + length + " bytes where there is room for " + room);
  }

  private void write(int at, byte[] bytes) throws IOException {
    storage.write(position + at, MemorySegment.ofArray(bytes));
  }
}
