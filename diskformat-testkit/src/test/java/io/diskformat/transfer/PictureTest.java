package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.device.ZeroDevice;
import io.diskformat.picture.CellKind;
import io.diskformat.picture.DiskPicture;
import io.diskformat.picture.PngDrawing;
import io.diskformat.picture.SvgDrawing;
import io.diskformat.picture.TextDrawing;
import io.diskformat.testing.Seeds;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Pictures of made-up disks, read back by the JDK's own readers. */
final class PictureTest {
  private static final int MIB = 1 << 20;
  private static final int CELL = 14;

  private static BlockDevice disk() {
    Random random = new Random(1);
    return SyntheticDevice.builder()
        .data(MIB, random)
        .hole(MIB)
        .zeroes(MIB)
        .compressed(new byte[MIB])
        .data(MIB / 2, random)
        .hole(3 * MIB + MIB / 2)
        .build();
  }

  @Test
  void eachByteIsCountedOnce() throws IOException {
    Random random = new Random(Seeds.of(PictureTest.class));
    for (int i = 0; i < 30; i++) {
      SyntheticDevice device = SyntheticDevice.random(random);
      int most = 1 + random.nextInt(300);
      DiskPicture picture = DiskPicture.allocation(device, most);
      assertTrue(picture.cells() <= most);
      assertTrue(picture.cells() > most / 2 || picture.cellBytes() == 512 || device.size() == 0);
      assertEquals(Math.ceilDiv(device.size(), picture.cellBytes()), picture.cells());
      for (int cell = 0; cell < picture.cells(); cell++) {
        long sum = 0;
        long[] expected = new long[picture.kinds().size()];
        long end = Math.min(device.size(), (cell + 1) * picture.cellBytes());
        for (long at = cell * picture.cellBytes(); at < end; ) {
          Extent extent = device.extentAt(at);
          long until = Math.min(end, extent.end());
          int kind =
              extent.kind() == Extent.Kind.HOLE
                  ? 0
                  : extent.kind() == Extent.Kind.ZERO ? 1 : extent.compressed() ? 3 : 2;
          expected[kind] += until - at;
          at = until;
        }
        for (int kind = 0; kind < expected.length; kind++) {
          assertEquals(expected[kind], picture.bytes(cell, kind), device.toString());
          sum += expected[kind];
        }
        assertEquals(end - cell * picture.cellBytes(), sum);
      }
    }
  }

  @Test
  void textHasACharacterForEachCell() throws IOException {
    DiskPicture picture = DiskPicture.allocation(disk(), 16);
    assertEquals(MIB / 2, picture.cellBytes());
    List<String> lines = new TextDrawing(false, false, 8).draw(picture);
    assertEquals("8 MiB; a cell is 512 KiB, a row 4 MiB", lines.get(1));
    assertEquals("      0 B  ##..00%%", lines.get(3));
    assertEquals("    4 MiB  #.......", lines.get(4));
    assertEquals(
        "           #  data                                   1.5 MiB   18.8%", lines.get(8));
    String blocks = String.join("\n", new TextDrawing(true, false, 8).draw(picture));
    assertTrue(blocks.contains("\u2588\u2588\u00b7\u00b7\u2591\u2591\u2593\u2593"), blocks);
    String coloured = new TextDrawing(true, true, 8).draw(picture).get(3);
    assertTrue(coloured.startsWith("      0 B  \u001b[38;2;43;120;181m\u2588\u2588"), coloured);
    assertTrue(coloured.endsWith("\u001b[0m"), coloured);
  }

  private static BufferedImage png(DiskPicture picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PngDrawing.write(picture, bytes);
    return ImageIO.read(new ByteArrayInputStream(bytes.toByteArray()));
  }

  private static Element svg(DiskPicture picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SvgDrawing.write(picture, bytes);
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(bytes.toByteArray()))
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new AssertionError(bytes.toString(), e);
    }
  }

  /** Both drawings have each cell, in its colour, at the same place. */
  @Test
  void filesHaveEachCellInItsColour() throws IOException {
    DiskPicture picture = DiskPicture.allocation(disk(), 256);
    BufferedImage png = png(picture);
    Element svg = svg(picture);
    assertEquals(png.getWidth(), Integer.parseInt(svg.getAttribute("width")));
    assertEquals(png.getHeight(), Integer.parseInt(svg.getAttribute("height")));
    NodeList rectangles = svg.getElementsByTagName("rect");
    // The paper, the cells, and the legend.
    assertEquals(1 + picture.cells() + 4, rectangles.getLength());
    Set<Integer> colours = new HashSet<>();
    for (int cell = 0; cell < picture.cells(); cell++) {
      Element rectangle = (Element) rectangles.item(1 + cell);
      int x = Integer.parseInt(rectangle.getAttribute("x"));
      int y = Integer.parseInt(rectangle.getAttribute("y"));
      assertEquals("#%06x".formatted(picture.rgb(cell)), rectangle.getAttribute("fill"));
      assertEquals(picture.rgb(cell), png.getRGB(x, y) & 0xFFFFFF);
      assertEquals(picture.rgb(cell), png.getRGB(x + CELL - 3, y + CELL - 3) & 0xFFFFFF);
      assertEquals(0xFFFFFF, png.getRGB(x + CELL - 1, y + CELL - 1) & 0xFFFFFF);
      colours.add(picture.rgb(cell));
    }
    assertEquals(4, colours.size());
  }

  @Test
  void fragmentationIsTheDistanceFromTheNeighbour() throws IOException {
    // On this disk, all that has a position is where it would be on a raw disk.
    DiskPicture picture = DiskPicture.fragmentation(disk(), 16);
    assertEquals(List.of("not stored", "stored behind what comes before it"),
        picture.kinds().subList(0, 2).stream().map(CellKind::label).toList());
    // The last data is 3 MiB behind the first: 64 KiB of it count as that.
    assertEquals(64 << 10, picture.bytes(3));
    assertEquals(MIB + MIB / 2 - (64 << 10), picture.bytes(1));
    assertEquals(MIB, picture.bytes(6));
  }

  @Test
  void differencesAreCountedToTheSector() throws IOException {
    byte[] one = new byte[2 * MIB];
    new Random(2).nextBytes(one);
    byte[] other = one.clone();
    other[0]++;
    other[MIB]++;
    other[MIB + 512]++;
    SyntheticDevice first = SyntheticDevice.ofData(one);
    DiskPicture picture = DiskPicture.differences(first, SyntheticDevice.ofData(other), 4);
    assertEquals(512, picture.bytes(0, 2));
    assertEquals(1024, picture.bytes(2, 2));
    assertEquals(1536, picture.bytes(2));
    assertEquals(2 * MIB - 1536, picture.bytes(1));
    DiskPicture longer =
        DiskPicture.differences(first, SyntheticDevice.builder().hole(3 * MIB).build(), 4);
    assertEquals(2 * MIB, longer.bytes(2));
    assertEquals(MIB, longer.bytes(0));
  }

  @Test
  void anyDiskAndAnyNameIsDrawn() throws IOException {
    for (long size : new long[] {0, 1, 512, 511 * 512, 1L << 40, Long.MAX_VALUE}) {
      for (String name : List.of("x", "a".repeat(300), "\u0000<&>\"\ud800\u65e5\u001b[1m")) {
        DiskPicture picture = DiskPicture.allocation(new ZeroDevice(name, size), 2048);
        assertTrue(png(picture).getWidth() > 900);
        String title = svg(picture).getElementsByTagName("title").item(0).getTextContent();
        assertTrue(title.startsWith("Where "), title);
        assertTrue(new TextDrawing(true, true, 64).draw(picture).size() >= 4);
      }
    }
    assertThrows(
        IllegalArgumentException.class, () -> DiskPicture.allocation(new ZeroDevice("x", 5), 0));
    assertThrows(IllegalArgumentException.class, () -> new TextDrawing(true, true, 0));
  }
}
