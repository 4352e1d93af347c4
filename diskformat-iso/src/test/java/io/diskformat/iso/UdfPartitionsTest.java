package io.diskformat.iso;

import static io.diskformat.iso.HandmadeUdf.BLOCK;
import static io.diskformat.iso.HandmadeUdf.FILE;
import static io.diskformat.iso.HandmadeUdf.LINK;
import static io.diskformat.iso.HandmadeUdf.START;
import static io.diskformat.iso.HandmadeUdf.TABLE;
import static io.diskformat.iso.HandmadeUdf.directory;
import static io.diskformat.iso.HandmadeUdf.entry;
import static io.diskformat.iso.HandmadeUdf.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Files of UDF in each kind of partition, and in each way that their content is recorded. */
final class UdfPartitionsTest {
  private static byte[] content(FileNode file) throws IOException {
    try (BlockDevice content = file.content()) {
      byte[] bytes = new byte[Math.toIntExact(content.size())];
      content.read(0, bytes);
      return bytes;
    }
  }

  private static String text(HandmadeUdf disc, String name) throws IOException {
    return new String(content(disc.tree().root().find(name).orElseThrow()));
  }

  /** A disc whose root is at block 2 of its partition, the file set at 1. */
  private static HandmadeUdf plain(byte[]... names) {
    HandmadeUdf disc = new HandmadeUdf(400).plainMap().fileSet(1, 0);
    disc.set(disc.inPartition(1), 1, 2, 0);
    directory(disc.inPartition(2), 2, names);
    return disc;
  }

  @Test
  void content() throws IOException {
    HandmadeUdf disc =
        plain(
            name("", 2 | 8, 2, 0),
            name("embedded", 0, 3, 0),
            name("deleted", 4, 3, 0),
            name("in pieces", 0, 4, 0),
            name("goes on", 0, 5, 0),
            name("link", 0, 6, 0),
            name("../日本/\0", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 5, "hello".getBytes());
    // Recorded, not recorded but with room, nowhere, and recorded again.
    entry(
        disc.inPartition(4),
        4,
        FILE,
        3 * BLOCK + 3,
        new byte[0],
        BLOCK,
        20,
        BLOCK | 1 << 30,
        21,
        BLOCK | 2 << 30,
        0,
        BLOCK,
        23);
    disc.inPartition(20).put(0, "first".getBytes());
    disc.inPartition(21).put(0, "no content".getBytes());
    disc.inPartition(23).put(0, "end".getBytes());
    entry(disc.inPartition(5), 5, FILE, BLOCK + 4, new byte[0], BLOCK, 24, BLOCK | 3 << 30, 30);
    ByteBuffer more = disc.inPartition(30);
    more.putInt(20, 8).putInt(24, BLOCK).putInt(28, 25);
    HandmadeUdf.tag(more, 258, 30);
    disc.inPartition(25).put(0, "more".getBytes());
    byte[] parts = {2, 0, 0, 0, 3, 0, 0, 0, 5, 3, 0, 0, 8, 'a', 'b', 4, 0, 0, 0};
    entry(disc.inPartition(6), 6, LINK, parts.length, parts);
    assertEquals(
        List.of(
            "/embedded", "/in pieces", "/goes on", "/link -> /../ab/.", "/..\ufffd日本\ufffd\ufffd"),
        TreeWalk.of(disc.tree()));
    assertEquals("label", disc.tree().label());
    assertEquals("hello", text(disc, "embedded"));
    byte[] pieces = content(disc.tree().root().find("in pieces").orElseThrow());
    byte[] expected = new byte[3 * BLOCK + 3];
    System.arraycopy("first".getBytes(), 0, expected, 0, 5);
    System.arraycopy("end".getBytes(), 0, expected, 3 * BLOCK, 3);
    assertArrayEquals(expected, pieces);
    FileNode file = disc.tree().root().find("in pieces").orElseThrow();
    assertEquals(List.of(false, true, false), file.ranges().stream().map(r -> r.isHole()).toList());
    assertTrue(text(disc, "goes on").endsWith("more"));
    FileNode embedded = disc.tree().root().find("embedded").orElseThrow();
    assertEquals(0100755, embedded.attributes().posix().orElseThrow().mode());
    assertEquals(
        Optional.of("2001-02-03T04:05:06.07Z"),
        embedded.attributes().modified().map(Object::toString));
    assertEquals(Kind.SYMBOLIC_LINK, disc.tree().root().find("link").orElseThrow().kind());
  }

  /** Metadata is in a file of its own, whose place is not where it says. */
  @Test
  void metadata() throws IOException {
    HandmadeUdf disc = new HandmadeUdf(400).plainMap().map("Metadata", 0, 60, 0, 0).fileSet(0, 1);
    entry(disc.inPartition(0), 0, 250, 4 * BLOCK, new byte[0], 2 * BLOCK, 40, 2 * BLOCK, 50);
    disc.set(disc.inPartition(40), 0, 1, 1);
    directory(disc.inPartition(41), 1, name("f", 0, 2, 1), name("g", 0, 3, 1));
    entry(disc.inPartition(50), 2, FILE, 2, "in".getBytes());
    ByteBuffer g = disc.inPartition(51);
    entry(g, 3, FILE, 3, new byte[0], 3, 70, 0, 0);
    // An address of the long kind leads to the other partition.
    g.putShort(34, (short) 1);
    disc.inPartition(70).put(0, "out".getBytes());
    assertEquals("in", text(disc, "f"));
    assertEquals("out", text(disc, "g"));
    disc.inPartition(0).put(4, (byte) 77);
    assertThrows(DiskFormatException.class, disc::tree);
    // The copy does as well.
    ByteBuffer copy = disc.inPartition(60);
    entry(copy, 60, 251, 4 * BLOCK, new byte[0], 2 * BLOCK, 40, 2 * BLOCK, 50);
    assertEquals("in", text(disc, "f"));
  }

  /** Blocks are where a table at the end of the disc says, of either version. */
  @Test
  void virtual() throws IOException {
    for (boolean old : new boolean[] {false, true}) {
      HandmadeUdf disc = new HandmadeUdf(400).plainMap().map("Virtual").fileSet(0, 1);
      disc.set(disc.inPartition(44), 0, 1, 1);
      directory(disc.inPartition(42), 1, name("f", 0, 2, 1));
      entry(disc.inPartition(47), 2, FILE, 2, "in".getBytes());
      ByteBuffer table = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
      if (!old) {
        table.putShort(0, (short) 152);
      }
      int at = old ? 0 : 152;
      table.putInt(at, 44).putInt(at + 4, 42).putInt(at + 8, 47);
      int size = at + 12;
      if (old) {
        table.put(size + 1, "*UDF Virtual Alloc Tbl".getBytes());
        size += 36;
      }
      int last = 399 - START;
      entry(
          disc.inPartition(last),
          last,
          old ? 0 : TABLE,
          size,
          java.util.Arrays.copyOf(table.array(), size));
      assertEquals("in", text(disc, "f"));
      disc.inPartition(last).putInt(176 + at + 8, -1);
      assertThrows(DiskFormatException.class, () -> text(disc, "f"));
    }
  }

  /** A packet that went bad is elsewhere on the disc. */
  @Test
  void sparable() throws IOException {
    HandmadeUdf disc =
        new HandmadeUdf(400).map("Sparable", 16 | 'x' << 16, 0, 390, 391).fileSet(1, 0);
    ByteBuffer map = disc.block(33).slice(440, 64).order(ByteOrder.LITTLE_ENDIAN);
    map.putShort(40, (short) 16).put(42, (byte) 2).putInt(44, BLOCK);
    disc.tag(33, 6, 33);
    disc.set(disc.inPartition(1), 1, 2, 0);
    directory(disc.inPartition(2), 2, name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 20 * BLOCK, new byte[0], 20 * BLOCK, 10);
    for (int i = 0; i < 20; i++) {
      disc.inPartition(10 + i).put(0, (byte) i);
    }
    // The second packet of the partition is at the end of the disc; the first table is no table.
    ByteBuffer table = disc.block(391);
    table.put(17, "*UDF Sparing Table".getBytes()).putShort(48, (short) 2);
    table.putInt(56, 16).putInt(60, 370).putInt(64, -1).putInt(68, 5);
    HandmadeUdf.tag(table, 0, 391);
    for (int i = 0; i < 16; i++) {
      disc.block(370 + i).put(0, (byte) (100 + i));
    }
    byte[] bytes = content(disc.tree().root().find("f").orElseThrow());
    for (int i = 0; i < 20; i++) {
      assertEquals(10 + i < 16 ? i : 90 + 4 + i, bytes[i * BLOCK], "block " + i);
    }
  }

  @Test
  void hostile() {
    // A directory that is inside of itself.
    refused("inside of itself", plain(name("loop", 2, 2, 0)));
    // Addresses that go on where they are.
    HandmadeUdf disc = plain(name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 10 * BLOCK, new byte[0], BLOCK, 20, BLOCK | 3 << 30, 30);
    ByteBuffer more = disc.inPartition(30);
    more.putInt(20, 8).putInt(24, BLOCK | 3 << 30).putInt(28, 30);
    HandmadeUdf.tag(more, 258, 30);
    refused("blocks", disc);
    // More than is recorded, more than there is, and beyond the end.
    disc = plain(name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 10 * BLOCK, new byte[0], BLOCK, 20);
    refused("addresses of 2048 of the 20480 bytes", disc);
    disc = plain(name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 5, "hell".getBytes());
    refused("holds 4 of the 5 bytes", disc);
    disc = plain(name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, -1, "hell".getBytes());
    refused("size of no file", disc);
    disc = plain(name("f", 0, 3, 0));
    entry(disc.inPartition(3), 3, FILE, 1 << 29, new byte[0], 1 << 29, 20);
    refused("", disc);
    disc = plain(name("f", 0, 3, 9));
    refused("names partition map 9 of 1", disc);
    disc = plain(name("f", 0, 300, 0));
    refused("has no block 300", disc);
  }

  private static void refused(String why, HandmadeUdf disc) {
    DiskFormatException e = assertThrows(DiskFormatException.class, () -> TreeWalk.of(disc.tree()));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }
}
