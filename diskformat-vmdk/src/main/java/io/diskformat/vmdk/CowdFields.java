package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.table.SectorFields;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The fields of the header of a COWD extent that change once the extent is made. */
final class CowdFields implements ExtentFields {
  /** The length of the header, in bytes. */
  static final int HEADER_LENGTH = 2048;

  private static final int CAPACITY = 12;
  private static final int DIRECTORY = 20;
  private static final int FREE_SECTOR = 28;

  /** The position of the sector with the field that says whether the extent was closed. */
  private static final int LAST_SECTOR = 3 * 512;

  private static final int UNCLEAN = 1648 - LAST_SECTOR;

  private final Storage storage;
  private final SectorFields sector;
  private final SectorFields lastSector;

  CowdFields(Storage storage) {
    this.storage = storage;
    this.sector = new SectorFields(storage, ByteOrder.LITTLE_ENDIAN);
    this.lastSector = new SectorFields(storage, ByteOrder.LITTLE_ENDIAN, LAST_SECTOR);
  }

  @Override
  public boolean isUnclean() throws IOException {
    ByteBuffer field = storage.read(LAST_SECTOR + UNCLEAN, Integer.BYTES);
    return field.getInt(0) != 0;
  }

  @Override
  public void unclean(boolean unclean) throws IOException {
    lastSector.write(UNCLEAN, Integer.BYTES, field -> field.putInt(unclean ? 1 : 0));
  }

  @Override
  public void end(long position) throws IOException {
    long sectors = (position + 511) >>> ExtentLine.SECTOR_BITS;
    sector.write(FREE_SECTOR, Integer.BYTES, field -> field.putInt((int) sectors));
  }

  @Override
  public void capacity(long sectors) throws IOException {
    sector.write(CAPACITY, Integer.BYTES, field -> field.putInt((int) sectors));
  }

  @Override
  public long mostSectors() {
    return 0xffff_ffffL;
  }

  @Override
  public void directories(long[] positions, long entries) throws IOException {
    sector.write(
        DIRECTORY,
        2 * Integer.BYTES,
        fields ->
            fields.putInt((int) (positions[0] >>> ExtentLine.SECTOR_BITS)).putInt((int) entries));
  }

  @Override
  public boolean hasAllTables() {
    return false;
  }

  @Override
  public void addRanges(TableRanges ranges) throws IOException {
    ranges.add(0, HEADER_LENGTH);
  }

  @Override
  public long firstGrain() {
    return HEADER_LENGTH;
  }
}
