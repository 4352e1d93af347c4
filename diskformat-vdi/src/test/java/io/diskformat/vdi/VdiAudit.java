package io.diskformat.vdi;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Looks at an image's map by a reading of the format that is independent of the tested code. */
final class VdiAudit {
  private static final int HEADER = 456;

  /** What no sound image may have: two owners of a block, or an owner of what is not there. */
  private final List<String> corruption = new ArrayList<>();

  private final int mapPosition;
  private final int allocated;
  private int stored;

  private VdiAudit(ByteBuffer header, ByteBuffer map, long fileSize) {
    int blockSize = header.getInt(376);
    long stride = (long) blockSize + header.getInt(380);
    long data = header.getInt(344);
    int blocks = header.getInt(384);
    mapPosition = header.getInt(340);
    allocated = header.getInt(388);
    if (header.getInt(64) != 0xbeda107f) {
      corruption.add("no signature");
    }
    // There may be more after a power cut during growth, which have no place.
    if (blocks < (header.getLong(368) + blockSize - 1) / blockSize) {
      corruption.add(blocks + " blocks for " + header.getLong(368) + " bytes");
    }
    if (header.getInt(340) + 4L * blocks > data) {
      corruption.add("the map reaches into the data");
    }
    boolean[] taken = new boolean[blocks + 1];
    for (int i = 0; i < blocks; i++) {
      int entry = map.getInt(4 * i);
      if (entry == VdiFile.FREE || entry == VdiFile.ZERO) {
        continue;
      }
      stored++;
      if (entry < 0 || entry >= allocated || entry > blocks) {
        corruption.add("block " + i + " at index " + entry + " of " + allocated);
        continue;
      }
      if (data + entry * stride >= fileSize) {
        corruption.add("block " + i + " at index " + entry + " is past the end");
      }
      if (taken[entry]) {
        corruption.add("index " + entry + " has two owners, one of them block " + i);
      }
      taken[entry] = true;
    }
  }

  /** Reads an image of version 1. */
  static VdiAudit of(Storage image) throws IOException {
    ByteBuffer header = read(image, 0, HEADER);
    int blocks = header.getInt(384);
    return new VdiAudit(header, read(image, header.getInt(340), 4 * blocks), image.size());
  }

  private static ByteBuffer read(Storage image, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    image.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns where the map is in the file, in bytes. */
  int mapPosition() {
    return mapPosition;
  }

  /** Returns what is corrupt, or an empty string. */
  String corruption() {
    return String.join("; ", corruption);
  }

  /** Returns how many blocks are counted and have no owner. */
  int leaks() {
    return allocated - stored;
  }

  /** Returns what is corrupt or leaked, or an empty string. */
  String problem() {
    return corruption.isEmpty() && leaks() == 0 ? "" : leaks() + " leaks; " + corruption();
  }
}
