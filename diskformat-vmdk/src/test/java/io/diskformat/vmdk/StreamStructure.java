package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads a streamOptimized image as strictly as importers do, by code of its own: every byte of the
 * file is accounted for.
 */
final class StreamStructure {
  private static final int SECTOR = 512;
  private static final int GRAIN = 128 * SECTOR;

  private final ByteBuffer file;
  private final Map<String, String> descriptor = new HashMap<>();
  private final long capacity;

  /** The sectors of grains, by their numbers, as the markers say. */
  private final SortedMap<Long, Long> grains = new TreeMap<>();

  /** The same since the last table. */
  private final SortedMap<Long, Long> sinceTable = new TreeMap<>();

  private final Map<Long, Integer> tables = new HashMap<>();
  private final byte[] content;

  private StreamStructure(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, bytes.length % SECTOR, "whole sectors");
    capacity = file.getLong(12);
    content = new byte[Math.toIntExact(capacity * SECTOR)];
  }

  /** Requires that a file is what ESXi imports; returns the disk's content. */
  static byte[] contentOf(byte[] bytes) throws DataFormatException {
    StreamStructure stream = new StreamStructure(bytes);
    stream.header();
    stream.descriptor();
    stream.records();
    return stream.content;
  }

  private void header() {
    assertEquals("KDMV", text(0, 4));
    assertEquals(3, file.getInt(4), "version");
    assertEquals(0x30001, file.getInt(8), "flags");
    assertEquals(128, file.getLong(20), "sectors of a grain");
    assertEquals(1, file.getLong(28), "sector of the descriptor");
    assertEquals(20, file.getLong(36), "sectors of the descriptor");
    assertEquals(512, file.getInt(44), "entries of a table");
    assertEquals(0, file.getLong(48), "redundant directory");
    assertEquals(-1, file.getLong(56), "directory");
    assertEquals(128, file.getLong(64), "overhead");
    assertEquals(0, file.get(72), "unclean");
    assertEquals("\n \r\n", text(73, 4));
    assertEquals(1, file.getShort(77), "compression");
    assertZero(79, SECTOR);
  }

  private String text(int at, int length) {
    byte[] bytes = new byte[length];
    file.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void assertZero(int from, int to) {
    byte[] bytes = new byte[to - from];
    file.get(from, bytes);
    assertArrayEquals(new byte[to - from], bytes, "zeroes at " + from);
  }

  private void descriptor() {
    String padded = text(SECTOR, 20 * SECTOR);
    String text = padded.substring(0, padded.indexOf('\0'));
    assertZero(SECTOR + text.length(), 128 * SECTOR);
    assertTrue(text.startsWith("# Disk DescriptorFile\nversion=1\n"), text);
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("RW ")) {
        assertTrue(line.matches("RW " + capacity + " SPARSE \"[^\"/]+\\.vmdk\""), line);
        descriptor.put("extent", line);
      } else if (!line.startsWith("#") && !line.isEmpty()) {
        String[] parts = line.split(" ?= ?", 2);
        String value = parts[1].replaceAll("^\"|\"$", "");
        assertEquals(null, descriptor.put(parts[0], value), line);
      }
    }
    assertTrue(descriptor.containsKey("extent"), text);
    assertEquals("streamOptimized", descriptor.get("createType"));
    assertEquals("ffffffff", descriptor.get("parentCID"));
    String cid = descriptor.get("CID");
    assertTrue(cid.matches("[0-9a-f]{8}") && !cid.matches("fffffff[ef]|00000000"), cid);
    assertTrue(descriptor.get("ddb.longContentID").matches("[0-9a-f]{24}" + cid), text);
    assertTrue(descriptor.get("ddb.virtualHWVersion").matches("[0-9]+"), text);
    assertTrue(descriptor.get("ddb.toolsVersion").matches("[0-9]+"), text);
    assertEquals("63", descriptor.get("ddb.geometry.sectors"));
    String heads = descriptor.get("ddb.geometry.heads");
    assertEquals(descriptor.get("ddb.adapterType").equals("ide") ? "16" : "255", heads);
    assertEquals(
        Long.toString(capacity / 63 / Integer.parseInt(heads)),
        descriptor.get("ddb.geometry.cylinders"));
  }

  private void records() throws DataFormatException {
    int at = 128 * SECTOR;
    while (file.getInt(at + 8) != 0 || file.getInt(at + 12) == 1) {
      at = file.getInt(at + 8) != 0 ? grain(at) : table(at);
    }
    assertTrue(sinceTable.isEmpty(), "a table after the last grains");
    int directories = (int) ((capacity + 128 * 512 - 1) / (128 * 512));
    int directorySectors = (directories * 4 + 511) / 512;
    marker(at, directorySectors, 2);
    int directory = at / SECTOR + 1;
    for (int i = 0; i < directorySectors * 128; i++) {
      int entry = file.getInt(directory * SECTOR + 4 * i);
      assertEquals(tables.getOrDefault((long) i, 0), entry, "directory entry " + i);
    }
    at += (1 + directorySectors) * SECTOR;
    marker(at, 1, 3);
    byte[] header = new byte[SECTOR];
    file.get(0, header);
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(56, directory);
    byte[] footer = new byte[SECTOR];
    file.get(at + SECTOR, footer);
    assertArrayEquals(header, footer, "footer");
    assertZero(at + 2 * SECTOR, at + 3 * SECTOR);
    assertEquals(at + 3 * SECTOR, file.capacity(), "nothing behind the end-of-stream marker");
  }

  private void marker(int at, int sectors, int type) {
    assertEquals(sectors, file.getLong(at));
    assertEquals(0, file.getInt(at + 8));
    assertEquals(type, file.getInt(at + 12));
    assertZero(at + 16, at + SECTOR);
  }

  private int grain(int at) throws DataFormatException {
    long sector = file.getLong(at);
    assertEquals(0, sector % 128);
    assertTrue(sector < capacity);
    long number = sector / 128;
    assertTrue(grains.isEmpty() || number > grains.lastKey(), "ascending, each once");
    assertTrue(sinceTable.isEmpty() || number / 512 == sinceTable.firstKey() / 512);
    grains.put(number, (long) at / SECTOR);
    sinceTable.put(number, (long) at / SECTOR);
    int length = file.getInt(at + 8);
    Inflater inflater = new Inflater();
    inflater.setInput(file.array(), at + 12, length);
    byte[] grain = new byte[GRAIN + 1];
    assertEquals(GRAIN, inflater.inflate(grain));
    assertTrue(inflater.finished());
    assertEquals(0, inflater.getRemaining());
    inflater.end();
    int shown = (int) Math.min(GRAIN, content.length - sector * SECTOR);
    System.arraycopy(grain, 0, content, (int) sector * SECTOR, shown);
    assertArrayEquals(new byte[GRAIN - shown], Arrays.copyOfRange(grain, shown, GRAIN));
    int end = (at + 12 + length + 511) & -512;
    assertZero(at + 12 + length, end);
    return end;
  }

  private int table(int at) {
    marker(at, 4, 1);
    long table = sinceTable.firstKey() / 512;
    for (int i = 0; i < 512; i++) {
      long entry = file.getInt(at + SECTOR + 4 * i);
      assertEquals(sinceTable.getOrDefault(table * 512 + i, 0L), entry);
    }
    tables.put(table, at / SECTOR + 1);
    sinceTable.clear();
    return at + 5 * SECTOR;
  }
}
