package io.diskformat.iso;

import io.diskformat.testing.Field;
import io.diskformat.testing.HostileRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where the structures of a disc are, found by code of its own: descriptors, a few records of each
 * directory with what Rock Ridge says there, path tables, boot catalogs, the tables of partitions,
 * and whatever begins as a descriptor of UDF.
 */
final class DiscStructures implements HostileRun.Structures {
  private static final int SECTOR = 2048;
  private static final int MOST_RECORDS = 2;
  private final ByteBuffer image;
  private final List<Field> fields = new ArrayList<>();
  private final Set<Integer> directories = new HashSet<>();
  private final Set<String> names = new HashSet<>();

  DiscStructures(byte[] bytes) {
    image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int sector = 16; sector < 40 && isDescriptor(sector); sector++) {
      descriptor(sector * SECTOR);
    }
    for (int sector = 16; sector < bytes.length / SECTOR; sector++) {
      if (isTag(sector * SECTOR)) {
        words("UDF " + image.getShort(sector * SECTOR), sector * SECTOR, 480);
      }
    }
    if (image.getShort(510) == (short) 0xaa55) {
      words("MBR", 446, 64);
      words("GPT", 512, 92);
    }
  }

  private boolean isDescriptor(int sector) {
    return (sector + 1) * SECTOR <= image.limit() && image.get(sector * SECTOR + 1) == 'C';
  }

  private boolean isTag(int at) {
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += i == 4 ? 0 : image.get(at + i);
    }
    int what = image.getShort(at);
    boolean known = (what > 0 && what < 10) || (what >= 256 && what < 267);
    return known && (byte) sum == image.get(at + 4);
  }

  private void add(String structure, String name, int at, int width) {
    // One of each kind is enough.
    if (at >= 0 && at + width <= image.limit() && names.add(structure + " " + name)) {
      fields.add(
          new Field(
              structure, name, at, width, ByteOrder.LITTLE_ENDIAN, true, List.of(1L, 16L, 20L)));
    }
  }

  private void words(String structure, int at, int length) {
    for (int i = 0; i + 4 <= length && at + i + 4 <= image.limit(); i += 4) {
      if (image.getInt(at + i) != 0) {
        add(structure, "word " + i, at + i, 4);
      }
    }
  }

  private void descriptor(int at) {
    add("descriptor", "type", at, 1);
    add("descriptor", "version", at + 6, 1);
    if (image.get(at) == 0) {
      add("descriptor", "catalog", at + 71, 4);
      int catalog = image.getInt(at + 71) * SECTOR;
      if (catalog > 0 && catalog < image.limit()) {
        words("catalog", catalog, 160);
      }
      return;
    }
    if (image.get(at) != 1 && image.get(at) != 2) {
      return;
    }
    add("descriptor", "size", at + 80, 4);
    add("descriptor", "escape", at + 88, 2);
    add("descriptor", "block size", at + 128, 2);
    add("descriptor", "path table", at + 132, 4);
    add("descriptor", "L", at + 140, 4);
    add("descriptor", "M", at + 148, 4);
    record("root", at + 156);
    words("path table", image.getInt(at + 140) * SECTOR, 40);
    directory(image.getInt(at + 158) * SECTOR, image.getInt(at + 166));
  }

  private void directory(int at, int size) {
    if (at <= 0 || at >= image.limit() || !directories.add(at) || directories.size() > 4) {
      return;
    }
    int end = Math.min(image.limit(), at + Math.min(size, SECTOR));
    int records = 0;
    for (int record = at; record < end && image.get(record) != 0; records++) {
      if (records < MOST_RECORDS + 2) {
        record("record " + records, record);
      }
      int flags = image.get(record + 25);
      if ((flags & 2) != 0 && records > 1) {
        directory(image.getInt(record + 2) * SECTOR, image.getInt(record + 10));
      }
      record += Byte.toUnsignedInt(image.get(record));
    }
  }

  private void record(String name, int at) {
    int[][] places = {
      {0, 1}, {1, 1}, {2, 4}, {10, 4}, {18, 4}, {25, 1}, {26, 1}, {27, 1}, {32, 1}, {33, 1}
    };
    for (int[] place : places) {
      add(name, "byte " + place[0], at + place[0], place[1]);
    }
    int length = Byte.toUnsignedInt(image.get(at));
    int nameLength = Byte.toUnsignedInt(image.get(at + 32));
    int use = 33 + nameLength + (nameLength + 1) % 2;
    for (int entry = use; entry + 4 <= length; ) {
      int entryLength = Byte.toUnsignedInt(image.get(at + entry + 2));
      if (entryLength < 4 || entry + entryLength > length) {
        break;
      }
      add(name, "signature", at + entry, 2);
      add(name, "length", at + entry + 2, 1);
      add(name, "version", at + entry + 3, 1);
      for (int i = 4; i + 2 <= Math.min(entryLength, 24); i += 4) {
        add(name, "data", at + entry + i, Math.min(4, entryLength - i) >= 4 ? 4 : 1);
      }
      entry += entryLength;
    }
  }

  @Override
  public List<Field> fields() {
    return List.copyOf(fields);
  }

  @Override
  public int clusterSize() {
    return SECTOR;
  }

  @Override
  public List<Long> lengthsToCutTo() {
    List<Long> lengths = new ArrayList<>();
    for (long at = image.limit(); at >= 0; at -= 7 * SECTOR) {
      lengths.add(at);
      lengths.add(Math.max(0, at - 1000));
    }
    return lengths;
  }
}
