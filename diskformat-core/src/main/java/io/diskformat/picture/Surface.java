package io.diskformat.picture;

/** What a picture is drawn on. Lengths are pixels, from the upper left corner; colours 0xRRGGBB. */
interface Surface {
  /** Fills a rectangle. */
  void fill(int x, int y, int width, int height, int rgb);

  /**
   * Writes text, each character of which is {@link Layout#CHARACTER} times {@code scale} wide.
   *
   * @param y the top of its capitals, which are 7 times {@code scale} high
   */
  void write(int x, int y, int scale, int rgb, String text);
}
