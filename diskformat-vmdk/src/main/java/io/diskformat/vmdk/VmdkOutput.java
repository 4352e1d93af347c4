package io.diskformat.vmdk;

import io.diskformat.ImageOutput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.OutputRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A streamOptimized image that is written from its first byte to its last, in the layout that
 * vSphere and VirtualBox export and ESXi imports: version 3, grains in ascending order, each with
 * its marker; the footer says where the tables are, as nobody knows that before; and an
 * end-of-stream marker. A grain table follows the last of its grains, so no more than one is kept
 * in memory.
 *
 * <pre>
 * header, with no place of the directory          1 sector
 * descriptor                                      20 sectors
 * zeroes                                          up to a whole grain
 * for each grain table that is not empty:
 *   grains, each a record of {@link GrainStreams}
 *   marker, grain table                           1 + 4 sectors
 * marker, grain directory
 * marker, footer, end-of-stream marker            3 sectors
 * </pre>
 */
final class VmdkOutput implements ImageOutput {
  private static final int UNIT = NewSparseHeader.GRAIN_SECTORS << ExtentLine.SECTOR_BITS;
  private static final long LAST_SECTOR = 0xffff_ffffL;

  /** The name to record where that of the image cannot be. No program opens it. */
  private static final String SOME_NAME = "disk.vmdk";

  private final String name;
  private final VmdkOptions options;
  private final SectorOutput out;
  private final List<GrainEncoder> encoders = new ArrayList<>();
  private final int[] directory;
  private final ByteBuffer table =
      ByteBuffer.allocate(NewSparseHeader.TABLE_ENTRIES * Integer.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);
  private boolean tableUsed;
  private boolean begun;

  /** The number of the grain that was written last, or -1. */
  private long last = -1;

  private VmdkOutput(OutputRequest request, VmdkOptions options) {
    this.name = request.name();
    this.options = options;
    this.out = new SectorOutput(request.channel());
    this.directory = new int[NewSparseHeader.tables(options.sectors())];
  }

  /**
   * Begins an image.
   *
   * @throws IllegalArgumentException if options make no sense
   * @throws UnsupportedFeatureException if they are for an image that is not written so
   */
  static VmdkOutput begin(OutputRequest request) throws UnsupportedFeatureException {
    Subformat subformat = VmdkOptions.subformat(request.options());
    if (!subformat.isStream()) {
      throw new UnsupportedFeatureException(
          request.name(),
          "writing a "
              + subformat.text
              + " image in one pass, to a stream; option subformat=streamOptimized makes one that"
              + " can be");
    }
    return new VmdkOutput(request, VmdkOptions.ofStream(request.name(), request.options()));
  }

  @Override
  public int unitSize() {
    return UNIT;
  }

  @Override
  public synchronized Encoder encoder() {
    GrainEncoder encoder = new GrainEncoder(UNIT);
    encoders.add(encoder);
    return encoder;
  }

  @Override
  public void write(long offset, byte[] encoded) throws IOException {
    long grain = offset / UNIT;
    if (offset % UNIT != 0
        || grain <= last
        || offset >>> ExtentLine.SECTOR_BITS >= options.sectors()) {
      throw new IllegalArgumentException("no unit that may follow grain " + last + ": " + offset);
    }
    begin();
    if (grain / NewSparseHeader.TABLE_ENTRIES != last / NewSparseHeader.TABLE_ENTRIES) {
      endTable();
    }
    long sector = out.sector();
    if (sector > LAST_SECTOR) {
      throw new UnsupportedFeatureException(name, "a VMDK image of more than 2 TiB in one file");
    }
    ByteBuffer marker =
        ByteBuffer.allocate(GrainStreams.MARKED_START).order(ByteOrder.LITTLE_ENDIAN);
    marker.putLong(0, grain * NewSparseHeader.GRAIN_SECTORS).putInt(8, encoded.length);
    out.write(marker);
    out.write(ByteBuffer.wrap(encoded));
    out.fillSector();
    table.putInt((int) (grain % NewSparseHeader.TABLE_ENTRIES) * Integer.BYTES, (int) sector);
    tableUsed = true;
    last = grain;
  }

  private void begin() throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    out.write(header(SparseHeader.AT_END).bytes());
    out.write(ByteBuffer.wrap(descriptor()));
    out.fillTo(overhead());
  }

  private static long overhead() {
    return NewSparseHeader.aligned(NewSparseHeader.DESCRIPTOR + NewSparseHeader.DESCRIPTOR_SECTORS);
  }

  private NewSparseHeader header(long directorySector) {
    return new NewSparseHeader(
        options.sectors(), true, false, true, 0, directorySector, overhead());
  }

  private byte[] descriptor() {
    String file = NewNames.fileName(name);
    boolean recordable = file.endsWith(".vmdk") && NewNames.isRecordable(file);
    ExtentLine extent =
        new ExtentLine(
            Access.RW,
            options.sectors(),
            ExtentType.SPARSE,
            Optional.of(recordable ? file : SOME_NAME),
            0);
    return new NewDescriptor(options, List.of(extent)).bytes();
  }

  /** Writes the grain table of the last grain. */
  private void endTable() throws IOException {
    if (!tableUsed) {
      return;
    }
    marker(NewSparseHeader.TABLE_SECTORS, StreamScan.TABLE);
    directory[(int) (last / NewSparseHeader.TABLE_ENTRIES)] = sectorOfTable();
    out.write(table.duplicate());
    table.put(0, new byte[table.capacity()]);
    tableUsed = false;
  }

  private int sectorOfTable() throws UnsupportedFeatureException {
    if (out.sector() > LAST_SECTOR) {
      throw new UnsupportedFeatureException(name, "a VMDK image of more than 2 TiB in one file");
    }
    return (int) out.sector();
  }

  private void marker(long sectors, int type) throws IOException {
    ByteBuffer marker = ByteBuffer.allocate(SparseHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    out.write(marker.putLong(0, sectors).putInt(12, type));
  }

  @Override
  public void finish() throws IOException {
    begin();
    endTable();
    ByteBuffer entries =
        ByteBuffer.allocate(
                NewSparseHeader.directorySectors(directory.length) << ExtentLine.SECTOR_BITS)
            .order(ByteOrder.LITTLE_ENDIAN);
    entries.asIntBuffer().put(directory);
    marker(entries.capacity() >>> ExtentLine.SECTOR_BITS, StreamScan.DIRECTORY);
    long directorySector = out.sector();
    out.write(entries);
    marker(1, StreamScan.FOOTER);
    out.write(header(directorySector).bytes());
    marker(0, StreamScan.END);
    out.flush();
  }

  @Override
  public synchronized void close() {
    encoders.forEach(GrainEncoder::close);
  }
}
