package io.diskformat.picture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Draws pictures as SVG. */
public final class SvgDrawing {
  private SvgDrawing() {}

  /**
   * Writes a picture.
   *
   * @param target stays open
   * @throws IOException if it cannot be written
   */
  public static void write(DiskPicture picture, OutputStream target) throws IOException {
    Layout layout = new Layout(picture);
    Text text = new Text();
    text.svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            .formatted(layout.width(), layout.height(), layout.width(), layout.height()));
    text.svg.append("<title>").append(escaped(picture.title())).append("</title>\n");
    layout.draw(text);
    text.svg.append("</svg>\n");
    target.write(text.svg.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .map(c -> isCharacter(c) ? c : '\ufffd')
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  /** Returns whether XML has a character. */
  private static boolean isCharacter(int c) {
    return (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) || c >= 0x10000;
  }

  private static final class Text implements Surface {
    private final StringBuilder svg = new StringBuilder();

    @Override
    public void fill(int x, int y, int width, int height, int rgb) {
      svg.append(
          "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n"
              .formatted(x, y, width, height, rgb));
    }

    @Override
    public void write(int x, int y, int scale, int rgb, String text) {
      svg.append(
          ("<text x=\"%d\" y=\"%d\" font-family=\"monospace\" font-size=\"%d\" fill=\"#%06x\""
                  + " xml:space=\"preserve\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n")
              .formatted(
                  x,
                  y + 7 * scale,
                  10 * scale,
                  rgb,
                  text.codePointCount(0, text.length()) * Layout.CHARACTER * scale,
                  escaped(text)));
    }
  }
}
