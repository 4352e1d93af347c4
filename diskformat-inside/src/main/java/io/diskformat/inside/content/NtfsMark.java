package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first sector of NTFS. Numbers have their lowest byte first.
 *
 * <pre>
 *  3  "NTFS    "                     30  first cluster of the table of files, 64 bits
 *  B  bytes of a sector, 16 bits      40  clusters of a record; if negative, of which the size is
 *  D  sectors of a cluster                two to the power of its opposite
 * 28  sectors, 64 bits               48  serial number, 64 bits
 * </pre>
 */
final class NtfsMark implements Mark {
  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < 512) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, 512, "first sector of NTFS");
    int sector = Short.toUnsignedInt(bytes.getShort(0xB));
    long sectors = bytes.getLong(0x28);
    if (!Texts.untilZero(bytes, 3, 8).equals("NTFS    ")
        || sector < 256
        || sector > 4096
        || Integer.bitCount(sector) != 1
        || bytes.get(0xD) == 0
        || sectors <= 0
        || sectors > Long.MAX_VALUE / sector) {
      return Optional.empty();
    }
    NtfsRecords records = NtfsRecords.of(volume, bytes);
    OptionalLong used = records.used(sectors * sector / records.cluster());
    return Optional.of(
        new Content(
            "ntfs",
            records.label(),
            "%016X".formatted(bytes.getLong(0x48)),
            OptionalLong.of(sectors * sector),
            used.isEmpty() ? used : OptionalLong.of(used.getAsLong() * records.cluster())));
  }
}
