package io.diskformat.cli;

import io.diskformat.picture.DiskPicture;
import io.diskformat.picture.PngDrawing;
import io.diskformat.picture.SvgDrawing;
import io.diskformat.picture.TextDrawing;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a picture is drawn: on the terminal, or into a file. */
final class PictureTarget {
  private static final int COLUMNS = 64;
  private static final int ROWS = 16;

  /** The number of cells in a file. */
  private static final int CELLS = 2048;

  private static final String SVG = ".svg";
  private static final String PNG = ".png";

  private final @Nullable Path file;
  private final Terminal terminal;

  private PictureTarget(@Nullable Path file, Terminal terminal) {
    this.file = file;
    this.terminal = terminal;
  }

  /**
   * Returns a target.
   *
   * @param file the name of a file, or null for the terminal
   * @throws IllegalArgumentException if the name does not say which kind of file it is
   */
  static PictureTarget of(@Nullable String file, Terminal terminal) {
    if (file == null) {
      return new PictureTarget(null, terminal);
    }
    String name = file.toLowerCase(Locale.ROOT);
    if (!name.endsWith(SVG) && !name.endsWith(PNG)) {
      throw new IllegalArgumentException(
          file + ": its name must end with " + SVG + " or " + PNG + ", which says what to draw");
    }
    return new PictureTarget(Path.of(file), terminal);
  }

  /** Returns how many cells the picture should have at most. */
  int cells() {
    return file == null ? COLUMNS * ROWS : CELLS;
  }

  void draw(DiskPicture picture) throws IOException {
    if (file == null) {
      drawText(picture);
      return;
    }
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      if (file.toString().toLowerCase(Locale.ROOT).endsWith(SVG)) {
        SvgDrawing.write(picture, out);
      } else {
        PngDrawing.write(picture, out);
      }
    }
  }

  private void drawText(DiskPicture picture) throws IOException {
    List<String> lines = lines(picture, terminal);
    // The title has names of files in it.
    terminal.line(Terminal.printable(lines.getFirst()));
    for (String line : lines.subList(1, lines.size())) {
      terminal.line(line);
    }
  }

  /** Returns a picture in lines for a terminal, the first of which is its title. */
  static List<String> lines(DiskPicture picture, Terminal terminal) {
    Charset charset = terminal.charset();
    boolean blocks =
        charset.canEncode()
            && picture.kinds().stream()
                .allMatch(kind -> charset.newEncoder().canEncode(kind.block()));
    return new TextDrawing(blocks, terminal.isInteractive(), COLUMNS).draw(picture);
  }
}
