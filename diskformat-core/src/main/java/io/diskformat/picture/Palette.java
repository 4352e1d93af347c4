package io.diskformat.picture;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The kinds of each picture, and which kind an extent is of. */
final class Palette {
  private static final int PALE = 0xE8EBEF;
  private static final int ZEROES = 0xB9C6DC;

  /** The colours of data by the depth of its image in the chain; plain, and compressed. */
  private static final int[][] BY_DEPTH = {
    {0x2B78B5, 0x124A78},
    {0xE6862D, 0x9C5312},
    {0x43A05B, 0x1F6433},
    {0x9463B8, 0x5E3580},
    {0xCF4B54, 0x8A2430},
    {0x8F7544, 0x5C4920},
  };

  private static final String DIGITS = "\u2588123456";
  private static final String ASCII_DIGITS = "#123456";
  private static final String COMPRESSED = "\u2593abcdef";
  private static final String ASCII_COMPRESSED = "%abcdef";

  static final List<CellKind> ALLOCATION = allocation();

  static final List<CellKind> FRAGMENTATION =
      List.of(
          new CellKind("not stored", PALE, '\u00b7', '.'),
          new CellKind("stored behind what comes before it", 0x43A05B, '\u2591', '='),
          new CellKind("less than 1 MiB away", 0xE9C441, '\u2592', 'm'),
          new CellKind("less than 64 MiB away", 0xE6862D, '\u2593', 'M'),
          new CellKind("farther away", 0xCF4B54, '\u2588', '#'),
          new CellKind("in another file", 0x9463B8, 'x', 'x'),
          new CellKind("compressed or encrypted", 0x2B78B5, '%', '%'));

  /** The index of the kind of differing bytes in {@link #DIFFERENCES}. */
  static final int DIFFERENT = 2;

  static final List<CellKind> DIFFERENCES =
      List.of(
          new CellKind("the same: zeroes", PALE, '\u00b7', '.'),
          new CellKind("the same: data", 0x9DB8CC, '\u2591', '='),
          new CellKind("different", 0xD0312D, '\u2588', '#'));

  private static final int NEAR = 1 << 20;
  private static final int FAR = 64 << 20;

  /**
   * How many bytes of an extent that is elsewhere count as far away; the rest follows these in the
   * file.
   */
  private static final long JUMP = 64 << 10;

  private Palette() {}

  private static List<CellKind> allocation() {
    List<CellKind> kinds = new ArrayList<>();
    kinds.add(new CellKind("nothing on record", PALE, '\u00b7', '.'));
    kinds.add(new CellKind("zeroes on record", ZEROES, '\u2591', '0'));
    for (int depth = 0; depth < BY_DEPTH.length; depth++) {
      String where =
          depth == 0
              ? ""
              : ", "
                  + depth
                  + (depth == BY_DEPTH.length - 1
                      ? " or more images below"
                      : depth == 1 ? " image below" : " images below");
      kinds.add(
          new CellKind(
              "data" + where,
              BY_DEPTH[depth][0],
              DIGITS.charAt(depth),
              ASCII_DIGITS.charAt(depth)));
      kinds.add(
          new CellKind(
              "compressed data" + where,
              BY_DEPTH[depth][1],
              COMPRESSED.charAt(depth),
              ASCII_COMPRESSED.charAt(depth)));
    }
    return List.copyOf(kinds);
  }

  static void addAllocation(BlockDevice device, CellCounts counts) throws IOException {
    ExtentCursor extents = device.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      int kind =
          switch (extent.kind()) {
            case HOLE -> 0;
            case ZERO -> 1;
            case DATA ->
                2
                    + 2 * Math.min(extent.depth(), BY_DEPTH.length - 1)
                    + (extent.compressed() ? 1 : 0);
          };
      counts.add(extent.offset(), extent.end(), kind);
    }
  }

  static void addContent(BlockDevice device, CellCounts counts) throws IOException {
    ExtentCursor extents = device.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      counts.add(extent.offset(), extent.end(), extent.readsAsZeroes() ? 0 : 1);
    }
  }

  static void addFragmentation(BlockDevice device, CellCounts counts) throws IOException {
    ExtentCursor extents = device.extents();
    Extent before = null;
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.kind() != Extent.Kind.DATA) {
        counts.add(extent.offset(), extent.end(), 0);
      } else if (extent.hostOffset() < 0) {
        counts.add(extent.offset(), extent.end(), 6);
      } else {
        long jumped = Math.min(extent.end(), extent.offset() + JUMP);
        counts.add(extent.offset(), jumped, before == null ? 1 : distance(before, extent));
        counts.add(jumped, extent.end(), 1);
        before = extent;
      }
    }
  }

  private static int distance(Extent before, Extent next) {
    if (!String.valueOf(next.hostFile()).equals(before.hostFile())) {
      return 5;
    }
    long distance = Math.abs(next.hostOffset() - before.hostOffset() - before.length());
    return distance == 0 ? 1 : distance < NEAR ? 2 : distance < FAR ? 3 : 4;
  }
}
