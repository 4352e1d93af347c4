package io.diskformat.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws pictures in text, for a terminal. */
public final class TextDrawing {
  private static final String PLAIN = "\u001b[0m";
  private static final int LABEL = 9;

  private final boolean blocks;
  private final boolean colours;
  private final int columns;

  /**
   * Chooses how to draw.
   *
   * @param blocks whether to use block characters; otherwise ASCII alone
   * @param colours whether to use the escapes for colours of 24 bits
   * @param columns how many cells there are in a line
   */
  public TextDrawing(boolean blocks, boolean colours, int columns) {
    if (columns < 1) {
      throw new IllegalArgumentException("no cells in a line: " + columns);
    }
    this.blocks = blocks;
    this.colours = colours;
    this.columns = columns;
  }

  /** Returns the lines of the drawing, with the title, the scale and the legend. */
  public List<String> draw(DiskPicture picture) {
    List<String> lines = new ArrayList<>();
    lines.add(picture.title());
    lines.add(
        Units.text(picture.size())
            + "; a cell is "
            + Units.text(picture.cellBytes())
            + ", a row "
            + Units.text(picture.cellBytes() * columns));
    lines.add("");
    for (int start = 0; start < picture.cells(); start += columns) {
      String label = Units.text(start * picture.cellBytes());
      StringBuilder line = new StringBuilder();
      line.repeat(' ', Math.max(0, LABEL - label.length())).append(label).append("  ");
      int last = -1;
      for (int cell = start; cell < Math.min(start + columns, picture.cells()); cell++) {
        int rgb = picture.rgb(cell);
        if (colours && rgb != last) {
          line.append(colour(rgb));
          last = rgb;
        }
        line.append(character(picture.kinds().get(picture.mainKind(cell))));
      }
      lines.add(line.append(colours ? PLAIN : "").toString());
    }
    lines.add("");
    for (int index = 0; index < picture.kinds().size(); index++) {
      long bytes = picture.bytes(index);
      if (bytes > 0) {
        CellKind kind = picture.kinds().get(index);
        lines.add(
            " ".repeat(LABEL + 2)
                + (colours ? colour(kind.rgb()) : "")
                + character(kind)
                + (colours ? PLAIN : "")
                + String.format(
                    Locale.ROOT,
                    "  %-36s %9s %6.1f%%",
                    kind.label(),
                    Units.text(bytes),
                    100.0 * bytes / picture.size()));
      }
    }
    return lines;
  }

  private char character(CellKind kind) {
    return blocks ? kind.block() : kind.ascii();
  }

  private static String colour(int rgb) {
    return "\u001b[38;2;%d;%d;%dm".formatted(rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF);
  }
}
