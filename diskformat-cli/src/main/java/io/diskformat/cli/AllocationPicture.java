package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Draws how a disk is stored: a row of characters, each of which stands for a part of the disk. */
final class AllocationPicture {
  private static final String PLAIN = "\u001b[0m";

  /** What a character can stand for. */
  private enum Cell {
    DATA('\u2588', '#', "\u001b[32m", "data"),
    COMPRESSED('\u2593', '%', "\u001b[36m", "compressed data"),
    ZERO('\u2591', '0', "\u001b[34m", "zeroes on record"),
    HOLE('\u00b7', '.', "\u001b[90m", "nothing on record");

    private final char block;
    private final char ascii;
    private final String colour;
    private final String meaning;

    Cell(char block, char ascii, String colour, String meaning) {
      this.block = block;
      this.ascii = ascii;
      this.colour = colour;
      this.meaning = meaning;
    }

    static Cell of(Extent extent) {
      return switch (extent.kind()) {
        case DATA -> extent.compressed() ? COMPRESSED : DATA;
        case ZERO -> ZERO;
        case HOLE -> HOLE;
      };
    }
  }

  private final boolean blocks;
  private final boolean colours;

  /**
   * Chooses the characters.
   *
   * @param charset the character set of the terminal; if it lacks block characters, the picture is
   *     ASCII
   * @param colours whether to paint them
   */
  AllocationPicture(Charset charset, boolean colours) {
    this.blocks = charset.canEncode() && charset.newEncoder().canEncode("\u2588\u2593\u2591\u00b7");
    this.colours = colours;
  }

  /** Returns what the characters mean. */
  String legend() {
    StringBuilder legend = new StringBuilder();
    for (Cell cell : Cell.values()) {
      legend.append(legend.isEmpty() ? "" : "   ").append(drawn(cell, 1)).append(' ');
      legend.append(cell.meaning);
    }
    return legend.toString();
  }

  /**
   * Returns the lines of the picture.
   *
   * @param unit how many bytes of the disk one character stands for; it shows how most of these are
   *     stored
   * @param width the length of a line, in characters
   */
  List<String> draw(BlockDevice device, long unit, int width) throws IOException {
    List<String> lines = new ArrayList<>();
    long row = unit * width;
    for (long start = 0; start < device.size(); start += row) {
      lines.add(line(device, start, Math.min(start + row, device.size()), unit));
    }
    return lines;
  }

  private String line(BlockDevice device, long start, long end, long unit) throws IOException {
    StringBuilder line = new StringBuilder();
    ExtentCursor extents = device.extents(start, end - start);
    Cell pending = Cell.HOLE;
    int count = 0;
    Map<Cell, Long> bytes = new EnumMap<>(Cell.class);
    long cellEnd = Math.min(start + unit, end);
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      for (long at = extent.offset(); at < extent.end(); ) {
        long next = Math.min(extent.end(), cellEnd);
        bytes.merge(Cell.of(extent), next - at, Long::sum);
        at = next;
        if (at == cellEnd) {
          Cell cell = mostOf(bytes);
          if (cell != pending) {
            line.append(drawn(pending, count));
            pending = cell;
            count = 0;
          }
          count++;
          cellEnd = Math.min(cellEnd + unit, end);
        }
      }
    }
    return line.append(drawn(pending, count)).toString();
  }

  /** Returns the cell that most bytes have, and clears the counts. */
  private static Cell mostOf(Map<Cell, Long> bytes) {
    Cell most = Collections.max(bytes.entrySet(), Map.Entry.comparingByValue()).getKey();
    bytes.clear();
    return most;
  }

  private String drawn(Cell cell, int count) {
    String characters = Character.toString(blocks ? cell.block : cell.ascii).repeat(count);
    return colours && count > 0 ? cell.colour + characters + PLAIN : characters;
  }
}
