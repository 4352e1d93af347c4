package io.diskformat.vmdk;

import io.diskformat.testing.Field;
import io.diskformat.testing.HostileRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Finds all fields of a valid image's own file, or of an extent. */
final class VmdkStructures implements HostileRun.Structures {
  /** Of a text, and of a table, not every element is tried. */
  private static final int TEXT_STEP = 5;

  private static final int ENTRIES = 4;

  private final ByteBuffer image;
  private final List<Field> fields = new ArrayList<>();

  VmdkStructures(byte[] bytes) {
    image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    switch (image.getInt(0)) {
      case 0x564d444b -> sparse();
      case 0x44574f43 -> cowd();
      case 0xcafebabe -> seSparse();
      default -> text(0, bytes.length);
    }
  }

  private void sparse() {
    numbers("header", 4, 0, 4, 8, 44);
    numbers("header", 8, 12, 20, 28, 36, 48, 56, 64);
    numbers("header", 1, 72, 73, 74, 75, 76);
    numbers("header", 2, 77);
    text(512, 512 + 300);
    if (image.getLong(56) > 0) {
      table32("grain directory", image.getLong(56) * 512);
      table32("grain table", image.getInt((int) image.getLong(56) * 512) * 512L);
    }
    if (image.getLong(48) > 0) {
      table32("redundant grain directory", image.getLong(48) * 512);
    }
    if ((image.getInt(8) & (1 << 17)) != 0) {
      markers();
    }
  }

  private void markers() {
    for (long at = image.getLong(64) * 512; at + 512 <= image.capacity(); ) {
      int length = image.getInt((int) at + 8);
      numbers("marker", 8, at);
      numbers("marker", 4, at + 8, at + 12);
      long skipped = 1 + image.getLong((int) at);
      if (length == 0 && image.getInt((int) at + 12) == 3) {
        numbers("footer", 8, at + 512 + 12, at + 512 + 20, at + 512 + 56);
        return;
      }
      if (length == 0 && image.getInt((int) at + 12) == 0) {
        return;
      }
      at = length == 0 ? at + skipped * 512 : (at + 12 + length + 511) & -512;
    }
  }

  private void cowd() {
    numbers("header", 4, 0, 4, 8, 12, 16, 20, 24, 28);
    table32("grain directory", 2048);
    table32("grain table", image.getInt(2048) * 512L);
  }

  private void seSparse() {
    for (long at = 0; at < 208; at += 8) {
      numbers("header", 8, at);
    }
    numbers("volatile header", 8, 512, 512 + 24);
    numbers("grain directory", 8, 8 * 512);
    numbers("grain table", 8, 64 * 512, 64 * 512 + 8, 64 * 512 + 16);
  }

  private void table32(String structure, long position) {
    for (int i = 0; i < ENTRIES; i++) {
      numbers(structure, 4, position + 4 * i);
    }
  }

  private void text(int from, int to) {
    for (int at = from; at < to; at += TEXT_STEP) {
      numbers("descriptor", 1, at);
    }
  }

  private void numbers(String structure, int width, long... positions) {
    for (long position : positions) {
      if (position + width <= image.capacity()) {
        fields.add(
            new Field(
                structure,
                "at " + position,
                position,
                width,
                ByteOrder.LITTLE_ENDIAN,
                true,
                List.of(1L, 2L, 3L, 0xffff_ffffL)));
      }
    }
  }

  @Override
  public List<Field> fields() {
    return fields;
  }

  @Override
  public int clusterSize() {
    return 512;
  }

  @Override
  public List<Long> lengthsToCutTo() {
    NavigableSet<Long> lengths = new TreeSet<>();
    for (Field field : fields) {
      lengths.addAll(List.of(field.position(), field.position() + 1));
    }
    for (int sector = 0; sector < 100; sector++) {
      lengths.addAll(List.of(sector * 512L, (long) image.capacity() - sector * 512L));
    }
    return List.copyOf(lengths.subSet(0L, (long) image.capacity()).reversed());
  }
}
