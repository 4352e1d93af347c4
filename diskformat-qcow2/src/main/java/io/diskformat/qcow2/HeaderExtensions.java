package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.NameBytes;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The header extensions of an image, known and unknown ones, in their order. Section "Header
 * extensions" of the specification.
 *
 * <pre>
 * extension, from the end of the header on; a type of 0 ends them
 * offset  size    field
 *    0      4     type
 *    4      4     length of the data in bytes
 *    8    length  data, and padding to a multiple of 8
 *
 * type         data
 * 0xe2792aca   the name of the backing file's format
 * 0x6803f857   names of features, 48 bytes each: type (0 incompatible, 1 compatible, 2 autoclear),
 *              bit, name padded by zeroes
 * 0x23852875   where the bitmaps are, see {@link BitmapDirectory}
 * 0x0537be77   where the encryption header is, see {@link EncryptionHeader}
 * 0x44415441   the name of the external data file
 * </pre>
 */
final class HeaderExtensions {
  static final int BACKING_FORMAT = 0xe2792aca;
  static final int FEATURE_NAMES = 0x6803f857;
  static final int BITMAPS = 0x23852875;
  static final int DATA_FILE = 0x44415441;
  static final int ENCRYPTION_HEADER = 0x0537be77;

  /**
   * The types that decide how the image is read: of two with the same type, tools would take
   * different ones.
   */
  private static final Set<Integer> AT_MOST_ONCE =
      Set.of(BACKING_FORMAT, BITMAPS, DATA_FILE, ENCRYPTION_HEADER);

  private static final int END = 0;
  private static final int FEATURE_NAME_LENGTH = 48;

  /** The longest format name that QEMU reads, in bytes. */
  static final int MAX_BACKING_FORMAT = 15;

  /** One extension: its type, and its data without padding. */
  static final class Extension {
    final int type;
    final byte[] data;

    Extension(int type, byte[] data) {
      this.type = type;
      this.data = data;
    }
  }

  private final List<Extension> extensions;

  private HeaderExtensions(List<Extension> extensions) {
    this.extensions = List.copyOf(extensions);
  }

  /**
   * Reads the extensions.
   *
   * @param area the start of the file up to where extensions must end
   * @param start where they begin
   * @throws CorruptImageException if one does not fit
   */
  static HeaderExtensions read(Storage storage, ByteBuffer area, int start) throws IOException {
    List<Extension> extensions = new ArrayList<>();
    int at = start;
    while (at <= area.limit() - 8) {
      int type = area.getInt(at);
      int length = area.getInt(at + 4);
      if (length < 0 || length > area.limit() - at - 8) {
        throw new CorruptImageException(
            storage.name(),
            "header extension",
            at,
            "0x%08x has %s bytes, more than there is room for"
                .formatted(type, Integer.toUnsignedString(length)));
      }
      if (type == END) {
        break;
      }
      byte[] data = new byte[length];
      area.get(at + 8, data);
      if (type == BACKING_FORMAT && length > MAX_BACKING_FORMAT) {
        throw new CorruptImageException(
            storage.name(),
            "header extension",
            at,
            "the backing format's name has " + length + " bytes, more than 15");
      }
      if (AT_MOST_ONCE.contains(type) && extensions.stream().anyMatch(e -> e.type == type)) {
        throw new CorruptImageException(
            storage.name(), "header extension", at, "0x%08x is there twice".formatted(type));
      }
      extensions.add(new Extension(type, data));
      at += 8 + (length + 7 & -8);
    }
    return new HeaderExtensions(extensions);
  }

  /** Returns all of them, in their order. */
  List<Extension> all() {
    return extensions;
  }

  Optional<byte[]> find(int type) {
    return extensions.stream().filter(e -> e.type == type).map(e -> e.data).findFirst();
  }

  Optional<String> backingFormat() {
    return text(BACKING_FORMAT);
  }

  Optional<String> dataFile() {
    return text(DATA_FILE);
  }

  private Optional<String> text(int type) {
    return find(type).map(HeaderExtensions::upToNul).filter(name -> !name.isEmpty());
  }

  /** Returns the name that the feature name table gives an incompatible feature bit. */
  Optional<String> incompatibleFeatureName(int bit) {
    byte[] table = find(FEATURE_NAMES).orElse(new byte[0]);
    for (int at = 0; at + FEATURE_NAME_LENGTH <= table.length; at += FEATURE_NAME_LENGTH) {
      if (table[at] == 0 && table[at + 1] == bit) {
        byte[] name = new byte[FEATURE_NAME_LENGTH - 2];
        System.arraycopy(table, at + 2, name, 0, name.length);
        return Optional.of(upToNul(name)).filter(text -> !text.isEmpty());
      }
    }
    return Optional.empty();
  }

  private static String upToNul(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return NameBytes.decode(Arrays.copyOf(bytes, length));
  }
}
