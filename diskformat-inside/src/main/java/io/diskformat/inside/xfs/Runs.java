package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The extents of a fork: in the inode, or a tree, whose root is in the inode. Numbers have their
 * highest byte first.
 *
 * <pre>
 * root                               block
 * 0  levels below this, 16 bits      0  "BMAP", or "BMA3" in version 5
 * 2  entries, 16 bits                4  levels below this, 16 bits
 * 4  first blocks of the file, 64    6  entries, 16 bits
 *    bits each, as many as fit;      8  blocks beside it, 64 bits each
 *    then the blocks below          18  in version 5, what it says of itself, up to 48
 *                                       then extents, or as in the root
 * </pre>
 *
 * Extents ascend, no node is empty, and there are as many extents as the inode says: so the work is
 * in proportion to that.
 */
final class Runs {
  /** The most extents of a fork that are read; more would take many MiB. */
  private static final int MOST = 1 << 18;

  private static final int MOST_LEVELS = 9;
  private static final int ROOT_HEADER = 4;
  private static final int OLD_HEADER = 24;
  private static final int MAGIC = 0x424D4150;
  private static final int MAGIC_5 = 0x424D4133;
  private static final long MOST_BLOCK = 1L << 54;
  private static final String NAME = "extents";

  private final XfsVolume volume;
  private final Fork fork;
  private final List<Run> runs = new ArrayList<>();
  private long next;

  private Runs(XfsVolume volume, Fork fork) {
    this.volume = volume;
    this.fork = fork;
  }

  /** Returns the extents of a fork, in ascending order. */
  static List<Run> of(XfsVolume volume, Fork fork) throws IOException {
    return new Runs(volume, fork).read();
  }

  /**
   * Returns the index of the extent that holds a block of the file, or else of the next one.
   *
   * @param runs in ascending order
   */
  static int find(List<Run> runs, long block) {
    int low = 0;
    int high = runs.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (runs.get(middle).end() <= block) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private List<Run> read() throws IOException {
    if (fork.extents() < 0) {
      throw corrupt(fork.position(), "has " + fork.extents());
    }
    if (fork.extents() > MOST) {
      throw volume.unsupported("a file in more than " + MOST + " pieces");
    }
    ByteBuffer bytes = fork.bytes();
    switch (fork.format()) {
      case Fork.EXTENTS -> {
        if (fork.extents() > bytes.capacity() / Run.SIZE) {
          throw corrupt(fork.position(), "are " + fork.extents() + ", which do not fit");
        }
        leaf(bytes, 0, (int) fork.extents(), fork.position());
      }
      case Fork.TREE -> {
        int level = Short.toUnsignedInt(bytes.getShort(0));
        if (level < 1 || level > MOST_LEVELS) {
          throw corrupt(fork.position(), "have a tree of " + level + " levels");
        }
        int most = (bytes.capacity() - ROOT_HEADER) / Run.SIZE;
        node(
            bytes,
            ROOT_HEADER,
            Short.toUnsignedInt(bytes.getShort(2)),
            most,
            level,
            fork.position());
      }
      default -> throw corrupt(fork.position(), "are kept in a way " + fork.format());
    }
    if (runs.size() != fork.extents()) {
      throw corrupt(fork.position(), "are " + runs.size() + ", not " + fork.extents());
    }
    return runs;
  }

  private void node(ByteBuffer bytes, int at, int entries, int most, int level, long position)
      throws IOException {
    if (entries < 1 || entries > most) {
      throw corrupt(position, "have a node of " + entries + " entries of " + most);
    }
    for (int i = 0; i < entries; i++) {
      long first = bytes.getLong(at + i * Long.BYTES);
      if (first < next) {
        throw corrupt(position, "have a node that is about block " + first + " of the file");
      }
      block(bytes.getLong(at + (most + i) * Long.BYTES), level - 1, position);
    }
  }

  private void block(long block, int level, long from) throws IOException {
    int size = volume.superblock().blockSize();
    long position = volume.position(block, 1, NAME, from);
    ByteBuffer bytes = volume.read(position, size, NAME);
    boolean checked = volume.superblock().hasChecksums();
    if (bytes.getInt(0) != (checked ? MAGIC_5 : MAGIC)) {
      throw corrupt(position, "have no mark");
    }
    volume.checkOwn(bytes, Header.EXTENTS, fork.owner(), NAME, position);
    int header = checked ? Header.EXTENTS.size() : OLD_HEADER;
    int entries = Short.toUnsignedInt(bytes.getShort(6));
    int most = (size - header) / Run.SIZE;
    if (Short.toUnsignedInt(bytes.getShort(4)) != level || entries < 1 || entries > most) {
      throw corrupt(position, "have " + entries + " entries of " + most + " at another level");
    }
    if (level > 0) {
      node(bytes, header, entries, most, level, position);
    } else {
      leaf(bytes, header, entries, position);
    }
  }

  private void leaf(ByteBuffer bytes, int at, int entries, long position) throws IOException {
    if (runs.size() + (long) entries > fork.extents()) {
      throw corrupt(position, "are more than " + fork.extents());
    }
    for (int i = 0; i < entries; i++) {
      Run run = Run.at(bytes, at + i * Run.SIZE);
      if (run.length() == 0 || run.first() < next || run.end() > MOST_BLOCK) {
        throw corrupt(position, "have one of " + run.length() + " blocks from " + run.first());
      }
      long _ = volume.position(run.block(), run.length(), NAME, position);
      next = run.end();
      runs.add(run);
    }
  }

  private CorruptImageException corrupt(long position, String problem) {
    return volume.corrupt(NAME, position, "of inode " + fork.owner() + " " + problem);
  }
}
