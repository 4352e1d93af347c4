package io.diskformat.vdi;

import io.diskformat.testing.Field;
import io.diskformat.testing.HostileRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Finds all fields of a valid image. */
final class VdiStructures implements HostileRun.Structures {
  /** Entries that are alike are tried this number of times at most. */
  private static final int ALIKE = 2;

  private final ByteBuffer image;
  private final List<Field> fields = new ArrayList<>();
  private final NavigableSet<Long> boundaries = new TreeSet<>();
  private final int blockSize;

  VdiStructures(byte[] bytes) {
    image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    add("preheader", "text", 0, 8, false);
    add("preheader", "signature", 64, 4, true);
    add("preheader", "version", 68, 4, true);
    int at;
    int map;
    int data;
    int extra = 0;
    if (image.getInt(68) == VdiFile.VERSION_0) {
      add("header", "type", 72, 4, true);
      add("header", "flags", 76, 4, true);
      add("header", "comment", 80, 8, false);
      geometry("geometry", 336);
      add("header", "cbDisk", 352, 8, true);
      blockSize = image.getInt(360);
      at = 360;
      map = 420;
      data = map + 4 * image.getInt(364);
    } else {
      add("header", "cbHeader", 72, 4, true);
      add("header", "type", 76, 4, true);
      add("header", "flags", 80, 4, true);
      add("header", "comment", 84, 8, false);
      add("header", "offBlocks", 340, 4, true);
      add("header", "offData", 344, 4, true);
      geometry("geometry", 348);
      add("header", "dummy", 364, 4, false);
      add("header", "cbDisk", 368, 8, true);
      blockSize = image.getInt(376);
      extra = image.getInt(380);
      add("header", "cbBlockExtra", 380, 4, true);
      at = 380;
      map = image.getInt(340);
      data = image.getInt(344);
      uuid("uuidParentModify", 440);
      if (image.getInt(72) >= 400) {
        add("LCHS geometry", "cylinders", 456, 4, false);
        add("LCHS geometry", "heads", 460, 4, false);
        add("LCHS geometry", "sectors", 464, 4, false);
      }
    }
    add("header", "cbBlock", at == 380 ? 376 : 360, 4, true);
    int blocks = image.getInt(at + 4);
    add("header", "cBlocks", at + 4, 4, true);
    add("header", "cBlocksAllocated", at + 8, 4, true);
    uuid("uuidCreate", at + 12);
    uuid("uuidModify", at + 28);
    uuid("uuidLinkage", at + 44);
    map(map, blocks);
    for (long block = data; block < bytes.length; block += blockSize + extra) {
      boundaries.add(block);
    }
  }

  private void add(String structure, String name, long position, int width, boolean decides) {
    add(structure, name, position, width, decides, List.of());
  }

  private void add(
      String structure,
      String name,
      long position,
      int width,
      boolean decides,
      List<Long> meaningful) {
    boundaries.add(position);
    fields.add(
        new Field(structure, name, position, width, ByteOrder.LITTLE_ENDIAN, decides, meaningful));
  }

  /** Of a geometry only the size of a sector means anything. */
  private void geometry(String structure, int at) {
    add(structure, "cylinders", at, 4, false);
    add(structure, "heads", at + 4, 4, false);
    add(structure, "sectors", at + 8, 4, false);
    add(structure, "cbSector", at + 12, 4, true);
  }

  private void uuid(String name, int at) {
    add(name, "first half", at, 8, true);
    add(name, "second half", at + 8, 8, true);
  }

  private void map(int position, int blocks) {
    Map<Integer, Integer> alike = new HashMap<>();
    List<Long> indexes = new ArrayList<>();
    for (int i = 0; i <= 4; i++) {
      indexes.add((long) i);
    }
    indexes.addAll(List.of(blocks - 1L, (long) blocks, blocks + 1L, 0x7fff_fffeL, 0xffff_fffdL));
    for (int i = 0; i < blocks; i++) {
      int entry = image.getInt(position + 4 * i);
      int kind = Math.min(entry, 0);
      if (i == blocks - 1 || alike.merge(kind, 1, Integer::sum) <= ALIKE) {
        add("block map", "entry " + i, position + 4L * i, 4, true, indexes);
      }
    }
    boundaries.add(position + 4L * blocks);
  }

  @Override
  public List<Field> fields() {
    return fields;
  }

  @Override
  public int clusterSize() {
    return blockSize;
  }

  @Override
  public List<Long> lengthsToCutTo() {
    NavigableSet<Long> lengths = new TreeSet<>();
    for (long boundary : boundaries) {
      lengths.addAll(List.of(boundary - 1, boundary, boundary + 1, boundary + 100));
    }
    return List.copyOf(lengths.subSet(0L, (long) image.capacity()).reversed());
  }
}
