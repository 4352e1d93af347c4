package io.diskformat.inside.lvm;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The label of a physical volume, in one of its first four sectors of 512 bytes, the second as a
 * rule. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  "LABELONE"                        20  identifier, 32 characters
 *  8  number of this sector, 64 bits    40  size of the volume, 64 bits
 * 10  checksum from 14 on               48  areas of data, each its position and size, 64 bits each,
 * 14  where the rest is: 20                 ended by zeroes; then areas of metadata, likewise
 * 18  "LVM2 001"
 * </pre>
 *
 * @param id identifier of the physical volume, without hyphens
 * @param size of the volume, in bytes
 * @param metadata where descriptions of the volume group are
 */
public record PhysicalVolumeLabel(String id, long size, List<Area> metadata) {
  static final int SECTOR = 512;
  private static final int SECTORS = 4;
  private static final int ID = 32;
  private static final int[] GROUPS_OF_ID = {6, 4, 4, 4, 4, 4, 6};

  /**
   * A part of a physical volume.
   *
   * @param position in bytes
   * @param size in bytes
   */
  public record Area(long position, long size) {}

  /** Copies the list. */
  public PhysicalVolumeLabel {
    metadata = List.copyOf(metadata);
  }

  /**
   * Returns the label of a volume, if it has one.
   *
   * @throws IOException if it cannot be read
   */
  public static Optional<PhysicalVolumeLabel> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SECTORS * SECTOR) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, SECTORS * SECTOR, "label of LVM");
    for (int sector = 0; sector < SECTORS; sector++) {
      ByteBuffer label = bytes.slice(sector * SECTOR, SECTOR).order(bytes.order());
      Optional<PhysicalVolumeLabel> found = read(label, sector);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<PhysicalVolumeLabel> read(ByteBuffer label, int sector) {
    byte[] bytes = new byte[SECTOR];
    label.get(0, bytes);
    int at = label.getInt(0x14);
    if (!text(bytes, 0, 8).equals("LABELONE")
        || !text(bytes, 0x18, 8).equals("LVM2 001")
        || label.getLong(8) != sector
        || label.getInt(0x10) != LvmChecksum.of(bytes, 0x14, SECTOR - 0x14)
        || at < 0x20
        || at > SECTOR - ID - Long.BYTES) {
      return Optional.empty();
    }
    List<Area> areas = new ArrayList<>();
    int next = readAreas(label, at + ID + Long.BYTES, new ArrayList<>());
    if (next < 0 || readAreas(label, next, areas) < 0) {
      return Optional.empty();
    }
    return Optional.of(new PhysicalVolumeLabel(text(bytes, at, ID), label.getLong(at + ID), areas));
  }

  /** Returns where the list ends, or -1 if it does not. */
  private static int readAreas(ByteBuffer label, int from, List<Area> into) {
    for (int at = from; at + 2 * Long.BYTES <= SECTOR; at += 2 * Long.BYTES) {
      long position = label.getLong(at);
      if (position == 0) {
        return at + 2 * Long.BYTES;
      }
      into.add(new Area(position, label.getLong(at + Long.BYTES)));
    }
    return -1;
  }

  private static String text(byte[] bytes, int at, int length) {
    return new String(bytes, at, length, StandardCharsets.ISO_8859_1);
  }

  /** Returns the identifier as people write it, with hyphens. */
  public String writtenId() {
    List<String> parts = new ArrayList<>();
    int at = 0;
    for (int length : GROUPS_OF_ID) {
      parts.add(id.substring(at, at + length));
      at += length;
    }
    return String.join("-", parts);
  }
}
