package io.diskformat.picture;

import java.util.Arrays;

/** Pixels to draw on. What is beyond its edges is not drawn. */
final class Raster implements Surface {
  private static final int HEIGHT_OF_GLYPH = 8;
  private static final int WIDTH_OF_GLYPH = 5;

  private final int width;
  private final int height;

  /** Three bytes a pixel, row after row. */
  private final byte[] pixels;

  Raster(int width, int height) {
    this.width = width;
    this.height = height;
    this.pixels = new byte[Math.multiplyExact(3 * width, height)];
  }

  /** Returns the pixels of a row, three bytes each. */
  byte[] row(int y) {
    return Arrays.copyOfRange(pixels, 3 * width * y, 3 * width * (y + 1));
  }

  @Override
  public void fill(int x, int y, int columns, int rows, int rgb) {
    for (int row = Math.max(0, y); row < Math.min(height, y + rows); row++) {
      for (int column = Math.max(0, x); column < Math.min(width, x + columns); column++) {
        int at = 3 * (row * width + column);
        pixels[at] = (byte) (rgb >> 16);
        pixels[at + 1] = (byte) (rgb >> 8);
        pixels[at + 2] = (byte) rgb;
      }
    }
  }

  @Override
  public void write(int x, int y, int scale, int rgb, String text) {
    int[] characters = text.codePoints().toArray();
    for (int i = 0; i < characters.length; i++) {
      long glyph = Glyphs.of(characters[i]);
      for (int column = 0; column < WIDTH_OF_GLYPH; column++) {
        for (int row = 0; row < HEIGHT_OF_GLYPH; row++) {
          if ((glyph >> (HEIGHT_OF_GLYPH * column + row) & 1) != 0) {
            fill(
                x + (i * Layout.CHARACTER + column) * scale, y + row * scale, scale, scale, rgb);
          }
        }
      }
    }
  }
}
