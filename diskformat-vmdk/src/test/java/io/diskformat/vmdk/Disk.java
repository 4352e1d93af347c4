package io.diskformat.vmdk;

import java.util.Arrays;
import java.util.Random;

/** The disk of a handmade image: what it shows, and how each grain of it is to be stored. */
final class Disk {
  /** How a grain is stored. */
  enum Grain {
    STORED,
    ZEROED,
    HOLE
  }

  final byte[] content;
  final int grainSectors;
  final Grain[] grains;

  /** Creates a disk of which each grain is stored. */
  Disk(byte[] content, int grainSectors) {
    this.content = content;
    this.grainSectors = grainSectors;
    int grainBytes = grainBytes();
    this.grains = new Grain[(content.length + grainBytes - 1) / grainBytes];
    Arrays.fill(grains, Grain.STORED);
  }

  /** Returns a disk of random bytes of which each grain is stored in another way than the next. */
  static Disk mixed(long seed, int sectors, int grainSectors, Grain... kinds) {
    byte[] content = new byte[sectors * Bytes.SECTOR];
    new Random(seed).nextBytes(content);
    Disk disk = new Disk(content, grainSectors);
    for (int i = 0; i < disk.grains.length; i++) {
      disk.set(i, kinds[i % kinds.length]);
    }
    return disk;
  }

  int grainBytes() {
    return grainSectors * Bytes.SECTOR;
  }

  int sectors() {
    return content.length / Bytes.SECTOR;
  }

  /** Stores a grain in another way, which makes it read as zeroes unless it is stored. */
  void set(int grain, Grain kind) {
    grains[grain] = kind;
    if (kind != Grain.STORED) {
      Arrays.fill(
          content,
          grain * grainBytes(),
          Math.min(content.length, (grain + 1) * grainBytes()),
          (byte) 0);
    }
  }

  /** Returns what is stored of a grain, the part beyond the end of the disk included. */
  byte[] grain(int index) {
    return Arrays.copyOfRange(content, index * grainBytes(), (index + 1) * grainBytes());
  }

  /** Returns what the disk shows over another one. */
  byte[] over(byte[] below) {
    byte[] shown = content.clone();
    for (int i = 0; i < grains.length; i++) {
      if (grains[i] == Grain.HOLE) {
        int from = i * grainBytes();
        int length = Math.min(grainBytes(), content.length - from);
        byte[] part =
            Arrays.copyOf(
                Arrays.copyOfRange(
                    below, Math.min(from, below.length), Math.min(below.length, from + length)),
                length);
        System.arraycopy(part, 0, shown, from, length);
      }
    }
    return shown;
  }
}
