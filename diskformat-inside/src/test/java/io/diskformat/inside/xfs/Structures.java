package io.diskformat.inside.xfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Makes structures of images right after they were changed, and those that mkfs.xfs does not make.
 */
final class Structures {
  private static final int BLOCK = 4096;

  private Structures() {}

  /** Writes the checksum of a structure. */
  static void seal(byte[] image, int at, int length, int checksumAt) {
    ByteBuffer bytes = ByteBuffer.wrap(image, at, length).slice();
    bytes.putInt(checksumAt, 0);
    CRC32C sum = new CRC32C();
    sum.update(image, at, length);
    bytes.putInt(checksumAt, Integer.reverseBytes((int) sum.getValue()));
  }

  /** Writes the checksum of the structure of a volume of 4 KiB blocks that a byte is in. */
  static void sealAround(byte[] image, int at) {
    int block = at / BLOCK * BLOCK;
    int inode = at / 512 * 512;
    ByteBuffer bytes = ByteBuffer.wrap(image);
    int mark = bytes.getInt(block);
    int attributes = Short.toUnsignedInt(bytes.getShort(block + 8));
    if (at < 512) {
      seal(image, 0, 512, 0xE0);
    } else if (mark == 0x58444433 || mark == 0x58444233) {
      seal(image, block, BLOCK, Header.DIRECTORY.checksumAt());
    } else if (mark == 0x424D4133) {
      seal(image, block, BLOCK, Header.EXTENTS.checksumAt());
    } else if (mark == 0x58534C4D || mark == 0x5841524D) {
      seal(image, block, BLOCK, Header.CONTENT.checksumAt());
    } else if (attributes == 0x3BEE || attributes == 0x3EBE) {
      seal(image, block, BLOCK, Header.ATTRIBUTES.checksumAt());
    } else if (bytes.getShort(inode) == 0x494E) {
      seal(image, inode, 512, Header.INODE.checksumAt());
    }
  }

  /**
   * Makes a tree of the one extent of a file of 4 KiB blocks: its last two blocks become the leaves
   * of the tree, and the others come in another order, with holes. Each third was not written.
   *
   * @param volume of the image, as it was
   * @param content of the file, which becomes what the file is then
   */
  static byte[] scatter(byte[] image, XfsVolume volume, Inode inode, byte[] content)
      throws IOException {
    Run all = Runs.of(volume, inode.data()).getFirst();
    int data = (int) all.length() - 2;
    byte[] now = new byte[data * 2 * BLOCK];
    ByteBuffer[] leaves = new ByteBuffer[2];
    boolean checked = volume.superblock().hasChecksums();
    int header = checked ? Header.EXTENTS.size() : 24;
    int half = data / 2;
    for (int i = 0; i < 2; i++) {
      int at = (int) volume.position(all.block() + data + i, 1, "leaf", 0);
      leaves[i] = ByteBuffer.wrap(image, at, BLOCK).slice();
      for (int j = 0; j < BLOCK; j++) {
        leaves[i].put(j, (byte) 0);
      }
      leaves[i].putInt(0, checked ? 0x424D4133 : 0x424D4150);
      leaves[i].putShort(6, (short) (i == 0 ? half : data - half));
      leaves[i].putLong(8, i == 0 ? -1 : all.block() + data);
      leaves[i].putLong(16, i == 0 ? all.block() + data + 1 : -1);
      if (checked) {
        leaves[i].putLong(24, at / 512);
        ByteBuffer uuid = ByteBuffer.wrap(image, 0x20, 16).slice();
        leaves[i].put(40, uuid, 0, 16);
        leaves[i].putLong(56, inode.number());
      }
    }
    for (int i = 0; i < data; i++) {
      int from = (int) ((i * 7919L) % data);
      boolean written = i % 3 != 0;
      ByteBuffer leaf = leaves[i < half ? 0 : 1];
      long block = all.block() + from;
      int at = header + (i < half ? i : i - half) * Run.SIZE;
      leaf.putLong(at, (written ? 0 : Long.MIN_VALUE) | (2L * i) << 9 | block >>> 43);
      leaf.putLong(at + 8, block << 21 | 1);
      if (written) {
        System.arraycopy(content, from * BLOCK, now, 2 * i * BLOCK, BLOCK);
      }
    }
    ByteBuffer fork = ByteBuffer.wrap(image, (int) inode.data().position(), 512).slice();
    int most = (inode.data().bytes().capacity() - 4) / 16;
    fork.putShort(0, (short) 1).putShort(2, (short) 2);
    for (int i = 0; i < 2; i++) {
      fork.putLong(4 + 8 * i, i == 0 ? 0 : 2L * half);
      fork.putLong(4 + 8 * (most + i), all.block() + data + i);
      if (checked) {
        sealAround(image, (int) volume.position(all.block() + data + i, 1, "leaf", 0));
      }
    }
    ByteBuffer core = ByteBuffer.wrap(image, (int) inode.position(), 256).slice();
    core.put(5, (byte) Fork.TREE).putInt(0x4C, data).putLong(0x38, now.length);
    if (checked) {
      seal(image, (int) inode.position(), 512, Header.INODE.checksumAt());
    }
    return now;
  }
}
