package io.diskformat.inside.xfs;

import io.diskformat.filesystem.ByteRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where content is on the device. */
final class FileRanges {
  private static final String NAME = "content of a file";

  private final XfsVolume volume;
  private final Fork fork;
  private final List<ByteRange> ranges = new ArrayList<>();
  private long done;

  private FileRanges(XfsVolume volume, Fork fork) {
    this.volume = volume;
    this.fork = fork;
  }

  /** Returns where the content of a file is: holes, and what was not written, are nowhere. */
  static List<ByteRange> of(XfsVolume volume, Inode inode) throws IOException {
    if (inode.isRealtime()) {
      throw volume.unsupported("a realtime file of xfs, inode " + inode.number());
    }
    if (inode.size() < 0) {
      throw volume.corrupt(
          "inode", inode.position(), inode.number() + " has " + inode.size() + " bytes");
    }
    return new FileRanges(volume, inode.data()).read(inode.size());
  }

  private List<ByteRange> read(long size) throws IOException {
    int blockSize = volume.superblock().blockSize();
    for (Run run : Runs.of(volume, fork)) {
      if (run.first() > (size - 1) / blockSize || size == 0) {
        break;
      }
      hole(run.first() * blockSize - done);
      long left = size - done;
      long length = run.length() > left / blockSize ? left : run.length() * blockSize;
      if (run.isWritten()) {
        long position = volume.position(run.block(), run.length(), NAME, fork.position());
        volume.bytes().check(position, length, NAME);
        ranges.add(new ByteRange(position, length));
        done += length;
      } else {
        hole(length);
      }
    }
    hole(size - done);
    return ranges;
  }

  private void hole(long length) {
    if (length > 0) {
      ranges.add(ByteRange.hole(length));
      done += length;
    }
  }
}
