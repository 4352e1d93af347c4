package io.diskformat.inside.fat;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;

/** The label of a volume: an entry of the root, or a field of the first sector. */
public final class VolumeLabel {
  /** The most bytes of the root to search. */
  private static final int MOST_OF_ROOT = 64 << 10;

  private static final String NO_NAME = "NO NAME";

  private VolumeLabel() {}

  /**
   * Returns the label, without blanks at its end; empty if the volume has none. Of the root of
   * FAT32, only the first cluster is looked at, where a label is as a rule.
   *
   * @param codePage what its letters are encoded in
   * @throws IOException if the volume cannot be read
   */
  public static String of(DeviceBytes volume, BootSector boot, Charset codePage)
      throws IOException {
    boolean wide = boot.kind() == TableKind.FAT32;
    long position = boot.rootAt();
    int length = Math.min(boot.rootSize(), MOST_OF_ROOT);
    if (wide && boot.hasCluster(boot.rootCluster())) {
      position = boot.position((int) boot.rootCluster());
      length = Math.min(boot.clusterSize(), MOST_OF_ROOT);
    }
    if (position <= volume.size() - length) {
      ByteBuffer bytes = volume.read(position, length, "root of FAT");
      for (int at = 0; at < length; at += FatEntry.SIZE) {
        FatEntry entry =
            new FatEntry(bytes.slice(at, FatEntry.SIZE).order(bytes.order()), position + at);
        if (entry.isEnd()) {
          break;
        }
        if (entry.isLabel() && !entry.isDeleted()) {
          return text(bytes, at, codePage);
        }
      }
    }
    String own = text(boot.bytes(), wide ? 0x47 : 0x2B, codePage);
    return own.equals(NO_NAME) ? "" : own;
  }

  private static String text(ByteBuffer bytes, int at, Charset codePage) {
    byte[] field = new byte[FatEntry.NAME_SIZE];
    bytes.get(at, field);
    String text = new String(field, codePage);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).stripTrailing();
  }
}
