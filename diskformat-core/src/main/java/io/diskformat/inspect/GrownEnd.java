package io.diskformat.inspect;

/** Where a partition that grows ends. */
final class GrownEnd {
  /** Stands for all the room there is. */
  static final long ALL_ROOM = -1;

  private GrownEnd() {}

  /**
   * Returns the sector after the last one of a partition that grows.
   *
   * @param wanted where it is to end in bytes, or {@link #ALL_ROOM}
   * @param present the sector after its last one
   * @param room the sector after the last one that it can have
   */
  static long of(Partition partition, long wanted, long present, long room, int sectorSize) {
    if (wanted == ALL_ROOM) {
      return Math.max(present, room);
    }
    if (wanted % sectorSize != 0
        || wanted / sectorSize < present
        || wanted / sectorSize > Math.max(present, room)) {
      throw new IllegalArgumentException(
          "partition %d can end from %d to %d, at sectors of %d bytes, not at %d"
              .formatted(
                  partition.number(),
                  present * sectorSize,
                  Math.max(present, room) * sectorSize,
                  sectorSize,
                  wanted));
    }
    return wanted / sectorSize;
  }
}
