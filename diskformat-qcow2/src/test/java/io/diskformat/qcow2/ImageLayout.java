package io.diskformat.qcow2;

import io.diskformat.testing.Field;
import io.diskformat.testing.HostileRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds all structures of a valid image, by a reading of the specification that is independent of
 * the code that is tested.
 */
final class ImageLayout implements HostileRun.Structures {
  /** Backing format, feature names, bitmaps, data file, encryption header. */
  private static final List<Long> EXTENSION_TYPES =
      List.of(0xe2792acaL, 0x6803f857L, 0x23852875L, 0x44415441L, 0x0537be77L);

  private static final int ENCRYPTION_HEADER = 0x0537be77;
  private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
  private static final long COMPRESSED = 1L << 62;

  /** Entries that are alike are tried this number of times at most in a table. */
  private static final int ALIKE = 2;

  private final ByteBuffer image;
  private final int clusterBits;
  private final int version;
  private final boolean extendedL2;
  private final List<Field> fields = new ArrayList<>();
  private final Set<Long> boundaries = new TreeSet<>();
  private final Set<Long> seenTables = new HashSet<>();

  ImageLayout(byte[] bytes) {
    image = ByteBuffer.wrap(bytes);
    version = image.getInt(4);
    clusterBits = image.getInt(20);
    extendedL2 = version > 2 && (image.getLong(72) & 1 << 4) != 0;
    header();
    extensions();
    name();
    refcounts();
    snapshots();
    tables("L1 table", image.getLong(40), image.getInt(36), true);
  }

  @Override
  public List<Field> fields() {
    return fields;
  }

  @Override
  public int clusterSize() {
    return 1 << clusterBits;
  }

  @Override
  public List<Long> lengthsToCutTo() {
    NavigableSet<Long> lengths = new TreeSet<>();
    fields.forEach(field -> boundaries.add(field.position()));
    for (long at = 0; at < image.capacity(); at += clusterSize()) {
      boundaries.add(at);
    }
    for (long boundary : boundaries) {
      lengths.addAll(List.of(boundary - 1, boundary, boundary + 1, boundary + 7));
    }
    return List.copyOf(lengths.subSet(0L, (long) image.capacity()).reversed());
  }

  private void add(
      String structure, String name, long position, int width, boolean decidesContent) {
    if (position + width <= image.capacity()) {
      boolean isExtension = structure.startsWith("header extension") && name.equals("type");
      fields.add(
          new Field(
              structure,
              name,
              position,
              width,
              ByteOrder.BIG_ENDIAN,
              decidesContent,
              isExtension ? EXTENSION_TYPES : List.of()));
    }
  }

  private void header() {
    String header = "header";
    add(header, "magic", 0, 4, true);
    add(header, "version", 4, 4, true);
    add(header, "backing_file_offset", 8, 8, true);
    add(header, "backing_file_size", 16, 4, true);
    add(header, "cluster_bits", 20, 4, true);
    add(header, "size", 24, 8, true);
    add(header, "crypt_method", 32, 4, true);
    add(header, "l1_size", 36, 4, true);
    add(header, "l1_table_offset", 40, 8, true);
    add(header, "refcount_table_offset", 48, 8, true);
    add(header, "refcount_table_clusters", 56, 4, true);
    add(header, "nb_snapshots", 60, 4, true);
    add(header, "snapshots_offset", 64, 8, true);
    boundaries.add(72L);
    if (version > 2) {
      add(header, "incompatible_features", 72, 8, true);
      add(header, "compatible_features", 80, 8, false);
      add(header, "autoclear_features", 88, 8, false);
      add(header, "refcount_order", 96, 4, true);
      add(header, "header_length", 100, 4, true);
      add(header, "compression_type", 104, 1, true);
      add(header, "padding", 105, 1, false);
    }
  }

  private void extensions() {
    int at = version > 2 ? image.getInt(100) : 72;
    for (int type = -1; type != 0; ) {
      type = image.getInt(at);
      int length = image.getInt(at + 4);
      String structure = "header extension 0x%08x".formatted(type);
      add(structure, "type", at, 4, true);
      add(structure, "length", at + 4, 4, true);
      int data = at + 8;
      if (type == HandmadeImage.BITMAPS) {
        add(structure, "nb_bitmaps", data, 4, false);
        add(structure, "reserved", data + 4, 4, false);
        add(structure, "bitmap_directory_size", data + 8, 8, false);
        add(structure, "bitmap_directory_offset", data + 16, 8, false);
        bitmaps(image.getLong(data + 16), image.getInt(data));
      } else if (type == ENCRYPTION_HEADER) {
        add(structure, "offset", data, 8, true);
        add(structure, "length", data + 8, 8, true);
        luks(image.getLong(data));
      } else if (type == HandmadeImage.FEATURE_NAMES) {
        for (int i = 0; i < length; i += 48) {
          add(structure, "type of feature " + i / 48, data + i, 1, false);
          add(structure, "bit of feature " + i / 48, data + i + 1, 1, false);
          add(structure, "name of feature " + i / 48, data + i + 2, 8, false);
        }
      } else {
        for (int i = 0; i < length; i++) {
          add(structure, "byte " + i, data + i, 1, true);
        }
      }
      at = data + ((length + 7) & -8);
    }
  }

  /**
   * The header of LUKS. Of the numbers of rounds only the lower half is tried: of the limit, which
   * takes half a minute, there are tests of their own.
   */
  private void luks(long at) {
    String luks = "LUKS header";
    add(luks, "magic", at, 4, true);
    add(luks, "version", at + 6, 2, true);
    add(luks, "cipher-name", at + 8, 8, true);
    add(luks, "cipher-mode", at + 40, 8, true);
    add(luks, "hash-spec", at + 72, 8, true);
    add(luks, "payload-offset", at + 104, 4, true);
    add(luks, "key-bytes", at + 108, 4, true);
    add(luks, "mk-digest", at + 112, 8, true);
    add(luks, "mk-digest-salt", at + 132, 8, true);
    add(luks, "lower half of mk-digest-iter", at + 166, 2, true);
    String slot = "LUKS key slot 0";
    add(slot, "active", at + 208, 4, true);
    add(slot, "lower half of iterations", at + 214, 2, true);
    add(slot, "salt", at + 216, 8, true);
    add(slot, "key-material-offset", at + 248, 4, true);
    add(slot, "stripes", at + 252, 4, true);
    boundaries.add(at + 592);
  }

  private void name() {
    long offset = image.getLong(8);
    for (int i = 0; offset != 0 && i < image.getInt(16); i++) {
      add("backing file name", "byte " + i, offset + i, 1, true);
    }
  }

  private void bitmaps(long directory, int count) {
    long at = directory;
    for (int i = 0; i < count; i++) {
      String entry = "bitmap directory entry " + i;
      add(entry, "bitmap_table_offset", at, 8, false);
      add(entry, "bitmap_table_size", at + 8, 4, false);
      add(entry, "flags", at + 12, 4, false);
      add(entry, "type", at + 16, 1, false);
      add(entry, "granularity_bits", at + 17, 1, false);
      add(entry, "name_size", at + 18, 2, false);
      add(entry, "extra_data_size", at + 20, 4, false);
      add(entry, "first byte of the name", at + 24, 1, false);
      int length = 24 + image.getShort((int) at + 18) + image.getInt((int) at + 20);
      at += (length + 7) & -8;
    }
    boundaries.add(at);
  }

  private void refcounts() {
    long table = image.getLong(48);
    int order = version > 2 ? image.getInt(96) : 4;
    for (int i = 0; i < 3; i++) {
      add("refcount table", "entry " + i, table + 8L * i, 8, false);
    }
    long block = image.getLong((int) table);
    int width = Math.max(1, 1 << order >> 3);
    for (int i = 0; i < 4; i++) {
      add("refcount block", "entry " + i, block + (long) i * width, width, false);
    }
  }

  private void snapshots() {
    long at = image.getLong(64);
    for (int i = 0; i < image.getInt(60); i++) {
      String entry = "snapshot " + i;
      add(entry, "l1_table_offset", at, 8, false);
      add(entry, "l1_size", at + 8, 4, false);
      add(entry, "id_str_size", at + 12, 2, false);
      add(entry, "name_size", at + 14, 2, false);
      add(entry, "date_sec", at + 16, 4, false);
      add(entry, "date_nsec", at + 20, 4, false);
      add(entry, "vm_clock_nsec", at + 24, 8, false);
      add(entry, "vm_state_size", at + 32, 4, false);
      add(entry, "extra_data_size", at + 36, 4, false);
      int extra = image.getInt((int) at + 36);
      for (int e = 0; e + 8 <= extra; e += 8) {
        add(entry, "extra data, field " + e / 8, at + 40 + e, 8, false);
      }
      add(entry, "first byte of the identifier", at + 40 + extra, 1, false);
      add(entry, "first byte of the name", at + 41 + extra, 1, false);
      tables("L1 table of " + entry, image.getLong((int) at), image.getInt((int) at + 8), false);
      int length = 40 + extra + image.getShort((int) at + 12) + image.getShort((int) at + 14);
      at += (length + 7) & -8;
    }
    boundaries.add(at);
  }

  /** L2 tables may be a snapshot's and the disk's at once. */
  private void tables(String name, long l1, int entries, boolean ofDisk) {
    Map<Boolean, Integer> seen = new HashMap<>();
    for (int i = 0; i < entries; i++) {
      long table = image.getLong((int) l1 + 8 * i) & OFFSET;
      if (seen.merge(table == 0, 1, Integer::sum) <= ALIKE || i == entries - 1) {
        add(name, "entry " + i, l1 + 8L * i, 8, ofDisk);
      }
      if (table != 0 && seenTables.add(table) && seenTables.size() <= 6) {
        l2("L2 table at " + table, table);
      }
    }
  }

  private void l2(String name, long table) {
    int width = extendedL2 ? 16 : 8;
    Map<Long, Integer> seen = new HashMap<>();
    for (int at = 0; at < clusterSize(); at += width) {
      long entry = image.getLong((int) table + at);
      long bitmap = extendedL2 ? image.getLong((int) table + at + 8) : 0;
      long flags = entry & (3L << 62 | 1);
      long kind = flags | ((entry & OFFSET) != 0 ? 2 : 0) | (bitmap != 0 ? 4 : 0);
      if (seen.merge(kind, 1, Integer::sum) <= ALIKE) {
        add(name, "entry " + at / width, table + at, 8, true);
        if (extendedL2) {
          add(name, "bitmap of entry " + at / width, table + at + 8, 8, true);
        }
        if ((entry & COMPRESSED) != 0) {
          stream(entry);
        }
      }
    }
  }

  private void stream(long entry) {
    int shift = 62 - (clusterBits - 8);
    long position = entry & (1L << shift) - 1;
    String name = "compressed cluster at " + position;
    for (int i = 0; i < 20; i++) {
      add(name, "byte " + i, position + i, 1, true);
    }
    add(name, "bytes 4 to 11", position + 4, 8, true);
    add(name, "bytes 100 to 107", position + 100, 8, true);
  }
}
