package io.diskformat.inside.xfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Blocks that hold where a symbolic link leads, or the value of an extended attribute. In version 5
 * each extent, or each block, begins with what it says of itself:
 *
 * <pre>
 * 0  "XSLM" or "XARM"         C  checksum
 * 4  where in all of it       10  UUID, 20 inode, 28 where it is, 30 where it is in the log
 * 8  bytes of this            38  bytes
 * </pre>
 */
final class ContentBlocks {
  private ContentBlocks() {}

  /**
   * Reads bytes.
   *
   * @param runs of the fork
   * @param first block of the fork
   * @param size of all of it, in bytes
   * @param each whether each block, and not each extent, begins with what it says of itself
   */
  static byte[] read(
      XfsVolume volume,
      Fork fork,
      List<Run> runs,
      int magic,
      long first,
      int size,
      boolean each,
      String name)
      throws IOException {
    byte[] all = new byte[size];
    int done = 0;
    long next = first;
    for (int i = Runs.find(runs, first); done < size && i < runs.size(); i++) {
      Run run = runs.get(i);
      while (done < size && next >= run.first() && next < run.end() && run.isWritten()) {
        int header = volume.superblock().hasChecksums() ? Header.CONTENT.size() : 0;
        int blockSize = volume.superblock().blockSize();
        long left = run.end() - next;
        long needed = each ? 1 : Math.min(left, Math.ceilDiv(size - done + header, blockSize));
        long position =
            volume.position(run.block() + next - run.first(), needed, name, fork.position());
        ByteBuffer bytes = volume.read(position, (int) needed * blockSize, name);
        int here = Math.min(size - done, bytes.capacity() - header);
        if (header > 0) {
          if (bytes.getInt(0) != magic || bytes.getInt(4) != done || bytes.getInt(8) != here) {
            throw volume.corrupt(name, position, "has no mark");
          }
          volume.checkOwn(bytes, Header.CONTENT, fork.owner(), name, position);
        }
        bytes.get(header, all, done, here);
        done += here;
        next += needed;
      }
    }
    if (done < size) {
      throw volume.corrupt(name, fork.position(), "of inode " + fork.owner() + " is not all there");
    }
    return all;
  }
}
