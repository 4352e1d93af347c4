package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A member of a ZFS pool, by the records in its first two labels, 256 KiB each. */
final class ZfsMark implements Mark {
  private static final long SMALLEST = 64 << 20;
  private static final int LABEL = 256 << 10;
  private static final int RECORDS_AT = 128 << 10;
  private static final int RECORD = 1024;
  private static final int ENOUGH = 4;
  private static final long MAGIC = 0x00BAB10CL;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SMALLEST) {
      return Optional.empty();
    }
    for (int label = 0; label < 2; label++) {
      ByteBuffer records =
          volume.read((long) label * LABEL + RECORDS_AT, LABEL - RECORDS_AT, "label of ZFS");
      int found = 0;
      for (int at = 0; at < records.capacity(); at += RECORD) {
        long magic = records.getLong(at);
        found += magic == MAGIC || Long.reverseBytes(magic) == MAGIC ? 1 : 0;
      }
      if (found >= ENOUGH) {
        return Optional.of(Content.member("zfs_member", "", ""));
      }
    }
    return Optional.empty();
  }
}
