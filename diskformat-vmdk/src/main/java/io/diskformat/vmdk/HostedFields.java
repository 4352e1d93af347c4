package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.table.SectorFields;
import java.io.IOException;
import java.nio.ByteOrder;

/** The fields of the header of a hosted sparse extent that change once the extent is made. */
final class HostedFields implements ExtentFields {
  private static final int CAPACITY = 12;
  private static final int REDUNDANT_DIRECTORY = 48;
  private static final int DIRECTORY = 56;
  private static final int UNCLEAN = 72;

  private final SparseHeader header;
  private final boolean described;
  private final SectorFields sector;

  /**
   * Creates an object for an extent.
   *
   * @param described whether a descriptor is inside; in an extent of several, some tools say that
   *     there is one and have tables there
   */
  HostedFields(Storage storage, SparseHeader header, boolean described) {
    this.header = header;
    this.described = described;
    this.sector = new SectorFields(storage, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public boolean isUnclean() {
    return header.unclean();
  }

  @Override
  public void unclean(boolean unclean) throws IOException {
    sector.write(UNCLEAN, 1, field -> field.put((byte) (unclean ? 1 : 0)));
  }

  @Override
  public void end(long position) {}

  @Override
  public void capacity(long sectors) throws IOException {
    sector.write(CAPACITY, Long.BYTES, field -> field.putLong(sectors));
  }

  @Override
  public long mostSectors() {
    return SparseHeader.MOST_SECTORS;
  }

  @Override
  public void directories(long[] positions, long entries) throws IOException {
    sector.patch(fields -> {
      fields.putLong(DIRECTORY, positions[0] >>> ExtentLine.SECTOR_BITS);
      if (positions.length > 1) {
        fields.putLong(REDUNDANT_DIRECTORY, positions[1] >>> ExtentLine.SECTOR_BITS);
      }
    });
  }

  @Override
  public boolean hasAllTables() {
    return true;
  }

  @Override
  public void addRanges(TableRanges ranges) throws IOException {
    ranges.add(0, SparseHeader.LENGTH);
    if (described) {
      ranges.add(
          header.descriptor() << ExtentLine.SECTOR_BITS,
          header.descriptorSectors() << ExtentLine.SECTOR_BITS);
    }
  }

  @Override
  public long firstGrain() {
    return header.overhead() << ExtentLine.SECTOR_BITS;
  }
}
