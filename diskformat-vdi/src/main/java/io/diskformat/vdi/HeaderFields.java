package io.diskformat.vdi;

import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import io.diskformat.table.SectorFields;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.UUID;

/** The fields of a header that change once the image is made: all are in the first sector. */
final class HeaderFields {
  private final SectorFields sector;
  private final HeaderLayout at;

  HeaderFields(Storage storage, VdiHeader header) {
    this.sector = new SectorFields(storage, ByteOrder.LITTLE_ENDIAN);
    this.at = header.layout();
  }

  /** Writes the number of blocks that have a place. */
  void allocatedBlocks(long count) throws IOException {
    sector.write(at.allocated, Integer.BYTES, field -> field.putInt((int) count));
  }

  /** Gives the image a UUID. */
  void uuid(UUID uuid) throws IOException {
    write(at.uuid, uuid);
  }

  /**
   * Writes a new modification UUID, after which no image is a difference to this one any longer.
   */
  void modification(UUID uuid) throws IOException {
    write(at.modification, uuid);
  }

  /** Writes the modification UUID of the parent that this image is based on; not in version 0. */
  void parentModification(UUID uuid) throws IOException {
    write(at.parentModification, uuid);
  }

  /** Writes the disk's size, and where map and blocks are, in one write; not in version 0. */
  void layout(VdiHeader header) throws IOException {
    sector.patch(fields -> {
      fields.putInt(at.mapPosition, (int) header.mapPosition());
      fields.putInt(at.dataPosition, (int) header.dataPosition());
      fields.putLong(at.diskSize, header.recordedSize());
      fields.putInt(at.blocks, (int) header.blocks());
      fields.putInt(at.allocated, (int) header.allocatedBlocks());
    });
  }

  private void write(int position, UUID uuid) throws IOException {
    sector.write(position, 16, fields -> Uuids.put(fields, position, uuid));
  }
}
