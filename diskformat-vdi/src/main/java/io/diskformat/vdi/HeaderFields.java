package io.diskformat.vdi;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * The fields of a header that change once the image is made. All of them are in the file's first
 * sector, and what is changed at once is within it, so that it changes as one.
 */
final class HeaderFields {
  private static final int MAP_OFFSET = 340;
  private static final int DATA_OFFSET = 344;
  private static final int DISK_SIZE = 368;
  private static final int BLOCKS = 384;
  private static final int ALLOCATED = 388;
  private static final int OWN_UUID = 392;
  private static final int MODIFICATION = 408;
  private static final int PARENT_MODIFICATION = 440;

  private static final int VERSION_0_ALLOCATED = 368;
  private static final int VERSION_0_UUID = 372;
  private static final int VERSION_0_MODIFICATION = 388;

  private static final int SECTOR = 512;

  private final Storage storage;
  private final boolean version0;

  HeaderFields(Storage storage, VdiHeader header) {
    this.storage = storage;
    this.version0 = header.version() == VdiHeader.VERSION_0;
  }

  /** Returns where it is said how many blocks have a place. */
  long allocatedBlocksPosition() {
    return version0 ? VERSION_0_ALLOCATED : ALLOCATED;
  }

  /** Says how many blocks have a place. */
  void allocatedBlocks(long count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, (int) count);
    write(allocatedBlocksPosition(), bytes);
  }

  /** Returns where the image's UUID is. */
  long uuidPosition() {
    return version0 ? VERSION_0_UUID : OWN_UUID;
  }

  /** Gives the image a UUID. */
  void uuid(UUID uuid) throws IOException {
    write(uuidPosition(), uuid);
  }

  /** Returns where the UUID is that changes when the image is changed. */
  long modificationPosition() {
    return version0 ? VERSION_0_MODIFICATION : MODIFICATION;
  }

  /** Says that the image was changed, so that no image is any longer a difference to it. */
  void modification(UUID uuid) throws IOException {
    write(modificationPosition(), uuid);
  }

  /** Says what the parent's modification is that this image is based on; not in version 0. */
  void parentModification(UUID uuid) throws IOException {
    write(PARENT_MODIFICATION, uuid);
  }

  /** Says how large the disk is and where things are, all at once; not in version 0. */
  void layout(VdiHeader header) throws IOException {
    int size = (int) Math.min(SECTOR, storage.size());
    ByteBuffer sector = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    storage.read(0, MemorySegment.ofBuffer(sector));
    sector.putInt(MAP_OFFSET, (int) header.mapOffset());
    sector.putInt(DATA_OFFSET, (int) header.dataOffset());
    sector.putLong(DISK_SIZE, header.recordedSize());
    sector.putInt(BLOCKS, (int) header.blocks());
    sector.putInt(ALLOCATED, (int) header.allocatedBlocks());
    write(0, sector);
  }

  private void write(long position, UUID uuid) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    Uuids.put(bytes, 0, uuid);
    write(position, bytes);
  }

  private void write(long position, ByteBuffer bytes) throws IOException {
    storage.write(position, MemorySegment.ofBuffer(bytes));
  }
}
