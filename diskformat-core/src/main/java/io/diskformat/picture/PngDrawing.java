package io.diskformat.picture;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Draws pictures as PNG: the signature, and chunks of a length, a name of four letters, content and
 * a CRC. {@code IHDR} says that pixels are 8 bits each of red, green and blue; {@code IDAT} has the
 * rows, each after a byte that says how it is filtered (0: not at all), as a zlib stream.
 */
public final class PngDrawing {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int BITS = 8;
  private static final int RGB = 2;

  private PngDrawing() {}

  /**
   * Writes a picture.
   *
   * @param target stays open
   * @throws IOException if it cannot be written
   */
  public static void write(DiskPicture picture, OutputStream target) throws IOException {
    Layout layout = new Layout(picture);
    Raster raster = new Raster(layout.width(), layout.height());
    layout.draw(raster);
    DataOutputStream out = new DataOutputStream(target);
    out.write(SIGNATURE);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(layout.width());
    fields.writeInt(layout.height());
    fields.write(new byte[] {BITS, RGB, 0, 0, 0});
    writeChunk(out, "IHDR", header.toByteArray());
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream compressed = new DeflaterOutputStream(rows, deflater)) {
      for (int y = 0; y < layout.height(); y++) {
        compressed.write(0);
        compressed.write(raster.row(y));
      }
    } finally {
      deflater.end();
    }
    writeChunk(out, "IDAT", rows.toByteArray());
    writeChunk(out, "IEND", new byte[0]);
    out.flush();
  }

  private static void writeChunk(DataOutputStream out, String name, byte[] content)
      throws IOException {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(content);
    out.writeInt(content.length);
    out.write(type);
    out.write(content);
    out.writeInt((int) crc.getValue());
  }
}
