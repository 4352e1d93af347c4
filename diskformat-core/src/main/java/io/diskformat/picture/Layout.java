package io.diskformat.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where everything is in a drawing: the title, what a cell stands for, the cells in rows with the
 * offset at which each row begins, and the legend, with how much of the disk is of each kind. All in
 * pixels.
 */
final class Layout {
  /** The width of a character and the space after it, at scale 1. */
  static final int CHARACTER = 6;

  private static final int COLUMNS = 64;
  private static final int CELL = 14;
  private static final int GAP = 2;
  private static final int MARGIN = 28;
  private static final int LABEL = 9 * CHARACTER * 2;
  private static final int LINE = 24;
  private static final int TITLE_SCALE = 3;
  private static final int TEXT_SCALE = 2;

  private static final int PAPER = 0xFFFFFF;
  private static final int INK = 0x1F2933;
  private static final int PALE_INK = 0x6B7785;

  private final DiskPicture picture;
  private final int rows;
  private final List<Integer> shown = new ArrayList<>();

  Layout(DiskPicture picture) {
    this.picture = picture;
    this.rows = Math.ceilDiv(picture.cells(), COLUMNS);
    for (int kind = 0; kind < picture.kinds().size(); kind++) {
      if (picture.bytes(kind) > 0) {
        shown.add(kind);
      }
    }
  }

  int width() {
    return MARGIN + LABEL + COLUMNS * CELL + MARGIN;
  }

  int height() {
    return legendTop() + shown.size() * LINE + MARGIN - LINE / 4;
  }

  private static int gridTop() {
    return MARGIN + 7 * TITLE_SCALE + 14 + 7 * TEXT_SCALE + 18;
  }

  private int legendTop() {
    return gridTop() + rows * CELL + 20;
  }

  void draw(Surface surface) {
    surface.fill(0, 0, width(), height(), PAPER);
    int room = (width() - 2 * MARGIN) / CHARACTER;
    surface.write(
        MARGIN, MARGIN, TITLE_SCALE, INK, shortened(picture.title(), room / TITLE_SCALE));
    String scale =
        Units.text(picture.size())
            + "; a cell is "
            + Units.text(picture.cellBytes())
            + ", a row "
            + Units.text(picture.cellBytes() * COLUMNS)
            + "; paler where only in part";
    surface.write(MARGIN, MARGIN + 7 * TITLE_SCALE + 14, TEXT_SCALE, PALE_INK, scale);
    for (int cell = 0; cell < picture.cells(); cell++) {
      int x = MARGIN + LABEL + cell % COLUMNS * CELL;
      int y = gridTop() + cell / COLUMNS * CELL;
      surface.fill(x, y, CELL - GAP, CELL - GAP, picture.rgb(cell));
    }
    // Every other row, so that there is room between them.
    for (int row = 0; row < rows; row += 2) {
      String offset = Units.text(row * picture.cellBytes() * COLUMNS);
      int x = MARGIN + LABEL - 8 - offset.length() * CHARACTER * TEXT_SCALE;
      surface.write(x, gridTop() + row * CELL - 1, TEXT_SCALE, PALE_INK, offset);
    }
    for (int i = 0; i < shown.size(); i++) {
      drawLegend(surface, legendTop() + i * LINE, shown.get(i));
    }
  }

  private void drawLegend(Surface surface, int y, int index) {
    CellKind kind = picture.kinds().get(index);
    surface.fill(MARGIN + LABEL, y, 14, 14, kind.rgb());
    int x = MARGIN + LABEL + 26;
    surface.write(x, y, TEXT_SCALE, INK, kind.label());
    long bytes = picture.bytes(index);
    String share = String.format(Locale.ROOT, "%.1f%%", 100.0 * bytes / picture.size());
    String amount = Units.text(bytes) + "  " + " ".repeat(Math.max(0, 6 - share.length())) + share;
    surface.write(
        width() - MARGIN - amount.length() * CHARACTER * TEXT_SCALE,
        y,
        TEXT_SCALE,
        PALE_INK,
        amount);
  }

  /** Returns a text of at most {@code most} characters, without its middle if it is longer. */
  private static String shortened(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int kept = most - 3;
    return text.substring(0, kept / 2) + "..." + text.substring(text.length() - kept + kept / 2);
  }
}
