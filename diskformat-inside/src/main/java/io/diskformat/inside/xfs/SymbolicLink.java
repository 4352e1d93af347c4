package io.diskformat.inside.xfs;

import io.diskformat.spi.NameBytes;
import java.io.IOException;

/** Reads where a symbolic link leads, from its inode or from blocks. */
final class SymbolicLink {
  private static final int MOST = 4095;
  private static final int MAGIC = 0x58534C4D;

  private SymbolicLink() {}

  /** Returns where a link leads. */
  static String target(XfsVolume volume, Inode link) throws IOException {
    long size = link.size();
    Fork fork = link.data();
    if (size < 0 || size > (fork.isLocal() ? fork.bytes().capacity() : MOST)) {
      throw volume.corrupt(
          "inode", link.position(), link.number() + " is a symbolic link of " + size + " bytes");
    }
    byte[] target;
    if (fork.isLocal()) {
      target = new byte[(int) size];
      fork.bytes().get(0, target);
    } else {
      target =
          ContentBlocks.read(
              volume, fork, Runs.of(volume, fork), MAGIC, 0, (int) size, false, "symbolic link");
    }
    String text = NameBytes.decode(target);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
