package io.diskformat.inside.fat;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.inside.MemoryDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A floppy disk of 1440 KiB that is made entry by entry. */
final class MadeFat {
  static final int ROOT = 19 * 512;
  static final int TABLE = 512;
  static final int LAST = 0xFFF;
  static final int DIRECTORY = 0x10;

  final byte[] bytes = new byte[2880 * 512];
  final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private int at = ROOT;

  MadeFat() {
    bytes[0] = (byte) 0xEB;
    buffer.putShort(0xB, (short) 512);
    bytes[0xD] = 1;
    buffer.putShort(0xE, (short) 1);
    bytes[0x10] = 2;
    buffer.putShort(0x11, (short) 224);
    buffer.putShort(0x13, (short) 2880);
    bytes[0x15] = (byte) 0xF0;
    buffer.putShort(0x16, (short) 9);
    buffer.putShort(510, (short) 0xAA55);
  }

  /** Returns where a cluster is, in bytes. */
  static int position(int cluster) {
    return (33 + cluster - 2) * 512;
  }

  /** Makes the entries that follow those of a directory. */
  MadeFat in(int cluster) {
    at = position(cluster);
    return this;
  }

  /** Says what comes after a cluster. */
  MadeFat next(int cluster, int value) {
    int place = TABLE + cluster * 3 / 2;
    int both = Short.toUnsignedInt(buffer.getShort(place));
    int changed = cluster % 2 == 0 ? (both & 0xF000) | value : (both & 0xF) | (value << 4);
    buffer.putShort(place, (short) changed);
    return this;
  }

  /**
   * Makes an entry.
   *
   * @param name 11 letters of ISO 8859-1
   */
  MadeFat entry(String name, int attributes, int cluster, int size) {
    byte[] letters = name.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(letters, 0, bytes, at, 11);
    bytes[at + 0xB] = (byte) attributes;
    buffer.putShort(at + 0x1A, (short) cluster);
    buffer.putInt(at + 0x1C, size);
    at += 32;
    return this;
  }

  /** Changes a byte of the entry that was made last. */
  MadeFat with(int offset, int value) {
    bytes[at - 32 + offset] = (byte) value;
    return this;
  }

  /** Makes a directory's entries for itself and for the one that it is in. */
  MadeFat dots(int self, int parent) {
    return entry(".          ", DIRECTORY, self, 0).entry("..         ", DIRECTORY, parent, 0);
  }

  /** Makes a part of a long name for the short one. */
  MadeFat part(int number, String text, String shortName) {
    byte sum = 0;
    for (byte letter : shortName.getBytes(StandardCharsets.ISO_8859_1)) {
      sum = (byte) ((((sum & 1) << 7) | ((sum & 0xFF) >>> 1)) + letter);
    }
    int[] places = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    for (int i = 0; i < places.length; i++) {
      int behind = i == text.length() ? 0 : 0xFFFF;
      int letter = i < text.length() ? text.charAt(i) : behind;
      buffer.putShort(at + places[i], (short) letter);
    }
    bytes[at] = (byte) number;
    bytes[at + 0xB] = 0xF;
    bytes[at + 0xD] = sum;
    at += 32;
    return this;
  }

  FileTree tree(Map<String, ?> options) throws IOException {
    return new Fat().open(new MemoryDevice(bytes), options);
  }

  FileNode root() throws IOException {
    return tree(Map.of()).root();
  }

  /** Returns the file of that name. */
  FileNode file(String... path) throws IOException {
    FileNode node = root();
    for (String name : path) {
      node = node.find(name).orElseThrow();
    }
    return node;
  }

  static List<String> names(FileNode directory) throws IOException {
    List<String> names = new ArrayList<>();
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      names.add(entry.name());
    }
    return names;
  }
}
