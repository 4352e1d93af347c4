package io.diskformat.iso.udf;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** UDF alone: where ISO 9660 is on the same disc, that has this as one of its trees. */
public final class Udf implements FileTreeFormat {
  /** The name of the tree, as callers choose it. */
  public static final String NAME = UdfTree.NAME;

  private static final int FIRST = 16;

  /** The most descriptors of a volume to look at, ISO 9660's included. */
  private static final int MOST = 64;

  private static final int ID = 1;
  private static final int ID_LENGTH = 5;

  /** For {@link java.util.ServiceLoader}. */
  public Udf() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    DeviceBytes disc = new DeviceBytes(device);
    return isMarked(disc) && !identifier(disc, FIRST, Disc.SECTOR).equals("CD001");
  }

  /**
   * Returns whether a disc bears the mark of UDF among the descriptors of its volumes: {@code
   * NSR02} or {@code NSR03}.
   *
   * @throws IOException if it cannot be read
   */
  public static boolean isMarked(DeviceBytes disc) throws IOException {
    return isMarked(disc, Disc.SECTOR) || isMarked(disc, 2 * Disc.SECTOR);
  }

  private static boolean isMarked(DeviceBytes disc, int step) throws IOException {
    int first = FIRST * Disc.SECTOR / step;
    for (int i = first; i < first + MOST; i++) {
      switch (identifier(disc, i, step)) {
        case "NSR02", "NSR03" -> {
          return true;
        }
        case "CD001", "BEA01", "BOOT2", "CDW02" -> {}
        default -> {
          return false;
        }
      }
    }
    return false;
  }

  private static String identifier(DeviceBytes disc, int index, int step) throws IOException {
    long position = (long) index * step;
    if (position + step > disc.size()) {
      return "";
    }
    ByteBuffer bytes = disc.read(position, ID + ID_LENGTH, "volume descriptor");
    return StandardCharsets.ISO_8859_1.decode(bytes.slice(ID, ID_LENGTH)).toString();
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    Object tree = options.get("tree");
    if (tree != null && !tree.equals(NAME)) {
      throw new IllegalArgumentException(
          "tree is \"" + tree + "\", but UDF is all that is on the disc");
    }
    return open(new DeviceBytes(device));
  }

  /**
   * Opens the tree of a disc.
   *
   * @throws io.diskformat.DiskFormatException if it makes no sense
   * @throws IOException if it cannot be read
   */
  public static FileTree open(DeviceBytes disc) throws IOException {
    return UdfTree.open(disc);
  }

  /**
   * Returns the version of UDF that a disc says it is of, as 2.60.
   *
   * @throws io.diskformat.DiskFormatException if its descriptors make no sense
   * @throws IOException if it cannot be read
   */
  public static String version(DeviceBytes disc) throws IOException {
    return VolumeSequence.read(disc, Anchor.find(disc)).version();
  }
}
