package io.diskformat.picture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

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
    text.svg
        .append("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .append(attribute("width", layout.width()))
        .append(attribute("height", layout.height()))
        .append(attribute("viewBox", "0 0 " + layout.width() + " " + layout.height()))
        .append(">\n");
    text.svg.append("<title>").append(escaped(picture.title())).append("</title>\n");
    layout.draw(text);
    text.svg.append("</svg>\n");
    target.write(text.svg.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .map(c -> isCharacter(c) ? c : '\ufffd')
        .forEach(c -> {
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
      svg.append("<rect")
          .append(attribute("x", x))
          .append(attribute("y", y))
          .append(attribute("width", width))
          .append(attribute("height", height))
          .append(attribute("fill", colour(rgb)))
          .append("/>\n");
    }

    @Override
    public void write(int x, int y, int scale, int rgb, String text) {
      int width = text.codePointCount(0, text.length()) * Layout.CHARACTER * scale;
      svg.append("<text")
          .append(attribute("x", x))
          .append(attribute("y", y + 7 * scale))
          .append(attribute("font-family", "monospace"))
          .append(attribute("font-size", 10 * scale))
          .append(attribute("fill", colour(rgb)))
          .append(attribute("xml:space", "preserve"))
          .append(attribute("textLength", width))
          .append(attribute("lengthAdjust", "spacingAndGlyphs"))
          .append('>')
          .append(escaped(text))
          .append("</text>\n");
    }
  }

  private static String attribute(String name, Object value) {
    return " " + name + "=\"" + value + "\"";
  }

  private static String colour(int rgb) {
    return String.format(Locale.ROOT, "#%06x", rgb);
  }
}
