package io.diskformat.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A table in columns as wide as they need to be, {@code -} where a cell is empty. */
final class TextTable {
  private final List<String[]> rows = new ArrayList<>();

  TextTable(String... titles) {
    rows.add(titles);
  }

  /** Adds a row, with as many cells as there are titles. */
  void row(String... cells) {
    String[] shown = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      shown[i] = cells[i].isEmpty() ? "-" : Terminal.printable(cells[i]);
    }
    rows.add(shown);
  }

  /** Writes the table. */
  void print(Terminal terminal) throws IOException {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
      }
      terminal.line(line.toString().stripTrailing());
    }
  }
}
