package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at the tables of a hosted sparse or a COWD extent by a reading of the format that is
 * independent of the tested code.
 */
final class VmdkAudit {
  private final ByteBuffer file;
  private final long size;
  private final long grainBytes;
  private final int tableEntries;
  private final int tables;
  private final boolean zeroedGrains;
  private final boolean unclean;
  private long freeSector = -1;

  /** Before this there are no grains, even where tables no longer are. */
  private long overhead;

  /** What no sound extent may have, by whichever directory it is read. */
  private final List<String> corruption = new ArrayList<>();

  private final List<String> leftovers = new ArrayList<>();

  /** What of the file has an owner. */
  private final TreeMap<Long, Long> owned = new TreeMap<>();

  private VmdkAudit(Storage image) throws IOException {
    size = image.size();
    byte[] bytes = new byte[(int) size];
    image.read(0, MemorySegment.ofArray(bytes));
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long grains;
    List<Long> directories = new ArrayList<>();
    if (file.getInt(0) == 0x564d444b) {
      grainBytes = 512 * file.getLong(20);
      tableEntries = file.getInt(44);
      grains = Math.ceilDiv(512 * file.getLong(12), grainBytes);
      zeroedGrains = (file.getInt(8) & 4) != 0;
      unclean = file.get(72) != 0;
      directories.add(512 * file.getLong(56));
      if ((file.getInt(8) & 2) != 0) {
        directories.add(512 * file.getLong(48));
      }
      overhead = 512 * file.getLong(64);
      own(0, 512, "header");
      own(512 * file.getLong(28), 512 * file.getLong(36), "descriptor");
    } else {
      grainBytes = 512L * file.getInt(16);
      tableEntries = 4096;
      grains = Math.ceilDiv(512L * file.getInt(12), grainBytes);
      zeroedGrains = false;
      unclean = file.getInt(1648) != 0;
      directories.add(512L * file.getInt(20));
      freeSector = file.getInt(28);
      own(0, 2048, "header");
    }
    tables = (int) Math.ceilDiv(grains, tableEntries);
    for (long directory : directories) {
      own(directory, 4L * tables, "directory");
      for (int i = 0; i < tables; i++) {
        long table = word(directory + 4L * i) * 512;
        if (table != 0) {
          own(table, 4L * tableEntries, "table " + i);
        }
      }
    }
    TreeMap<Long, Long> structure = new TreeMap<>(owned);
    int[][] views = new int[directories.size()][];
    for (int i = 0; i < views.length; i++) {
      owned.clear();
      owned.putAll(structure);
      views[i] = grains(directories.get(i));
    }
    if (views.length > 1 && !Arrays.equals(views[0], views[1])) {
      leftovers.add("the redundant tables differ");
    }
    owned.clear();
    owned.putAll(structure);
    int[] _ = grains(directories.getFirst());
  }

  static VmdkAudit of(Storage image) throws IOException {
    return new VmdkAudit(image);
  }

  private long word(long position) {
    if (position + 4 > size) {
      corruption.add("a table at " + position + " is not in the file");
      return 0;
    }
    return Integer.toUnsignedLong(file.getInt((int) position));
  }

  private int[] grains(long directory) {
    int[] entries = new int[tables * tableEntries];
    for (int i = 0; i < entries.length; i++) {
      long table = word(directory + i / tableEntries * 4L) * 512;
      long entry = table == 0 ? 0 : word(table + i % tableEntries * 4L);
      entries[i] = (int) entry;
      if (entry == 1 && !zeroedGrains) {
        corruption.add("grain " + i + " is zeroed");
      } else if (entry > 1) {
        if (entry * 512 >= size) {
          corruption.add("grain " + i + " at " + entry * 512 + " is past the end");
        }
        own(entry * 512, grainBytes, "grain " + i);
      }
    }
    return entries;
  }

  private void own(long start, long length, String what) {
    if (length == 0) {
      return;
    }
    Map.Entry<Long, Long> before = owned.floorEntry(start + length - 1);
    if (before != null && before.getValue() > start) {
      corruption.add(what + " at " + start + " has another owner, too");
    }
    owned.put(start, start + length);
  }

  /** Returns what is corrupt, or an empty string. */
  String corruption() {
    return String.join("; ", corruption.subList(0, Math.min(5, corruption.size())));
  }

  /** Returns how many grains have room between what is owned. */
  long free() {
    long free = 0;
    long end = 0;
    boolean grainBefore = false;
    for (Map.Entry<Long, Long> each : owned.entrySet()) {
      boolean grain = each.getValue() - each.getKey() == grainBytes;
      if (grainBefore || grain) {
        long from = Math.ceilDiv(end, grainBytes) * grainBytes;
        free += grainBefore ? Math.max(0, (each.getKey() - from) / grainBytes) : 0;
      }
      grainBefore |= grain;
      end = each.getValue();
    }
    return free;
  }

  /** Returns what is corrupt, or not as an extent is left that was closed, or an empty string. */
  String problem() {
    List<String> all = new ArrayList<>(leftovers);
    if (unclean) {
      all.add("not closed");
    }
    long end = Math.max(overhead, owned.lastEntry().getValue());
    if (size > Math.ceilDiv(end, grainBytes) * grainBytes) {
      all.add("ends at " + size + ", where " + end + " would do");
    }
    if (freeSector >= 0 && freeSector * 512 < end) {
      all.add("free from sector " + freeSector + " on, but used up to " + end);
    }
    return corruption.isEmpty() && all.isEmpty() ? "" : String.join("; ", all) + corruption();
  }
}
