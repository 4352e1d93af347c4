package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.ImageInput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.ForwardInput;
import io.diskformat.spi.InputRequest;
import io.diskformat.spi.Probe;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.ReusePool;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * A streamOptimized image that is read from its first byte to its last. Of its tables nothing is
 * kept: its grains say by their markers which they are, and must come in the order of the disk; in
 * the end, there must be as many as the tables name, and where they say. So a stream that was cut
 * short is found out, also one that does not say where it ends.
 */
final class VmdkInput implements ImageInput {
  private final String name;
  private final SectorInput in;
  private final TableSums sums = new TableSums();
  private final ReusePool<Inflater> inflaters = new ReusePool<>(Inflater::end);
  private final SparseHeader header;
  private final long size;
  private boolean hasTables;
  private boolean hasFooter;

  /** The sector on the disk of the grain that is next, or that was read last; or less than 0. */
  private long grainSector = -1;

  /** The first sector of the record of the next grain, or null if none was looked at. */
  private byte @Nullable [] record;

  private boolean ended;

  private VmdkInput(ForwardInput input) throws IOException {
    this.name = input.name();
    this.in = new SectorInput(input);
    this.header = header(0);
    StreamFront.Content front = StreamFront.read(name, in, header, sums);
    this.hasTables = front.hasTables();
    this.size = size(name, header, DescriptorParser.parse(name, front.descriptor()));
  }

  /** Begins to read an image. */
  static ImageInput begin(InputRequest request) throws IOException {
    String name = request.name();
    ForwardInput input = new ForwardInput(name, request.channel());
    Storage front = input.front("header");
    if (FileShape.of(new Probe(front)) == FileShape.DESCRIPTOR) {
      throw new UnsupportedFeatureException(
          name, "reading a VMDK image from a stream whose disk is in other files");
    }
    SparseHeader header = SparseHeader.read(front, 0);
    if (!header.hasDescriptor() || header.isCompressed() != header.hasMarkers()) {
      throw new UnsupportedFeatureException(
          name,
          "reading a VMDK image from a stream that is neither monolithicSparse nor streamOptimized"
              + " with markers");
    }
    if (header.isCompressed()) {
      return new VmdkInput(input);
    }
    byte[] text = DescriptorPlace.inside(front, header).read();
    return SparseInput.begin(input, header, size(name, header, DescriptorParser.parse(name, text)));
  }

  /** Returns the size of the disk, in bytes. */
  private static long size(String name, SparseHeader header, Descriptor descriptor)
      throws IOException {
    new MainFile(descriptor, Optional.of(header)).requireOneExtent(name);
    if (descriptor.hasParent()) {
      throw new UnsupportedFeatureException(
          name, "reading a VMDK image in one pass, from a stream, that has a parent");
    }
    long size = descriptor.size();
    if (size > header.size()) {
      throw new CorruptImageException(
          name,
          "descriptor",
          -1,
          "says a disk of " + size + " bytes, but the header " + header.size());
    }
    return size;
  }

  /** Reads a header, which the footer is as well. */
  private SparseHeader header(long position) throws IOException {
    byte[] sector = new byte[SparseHeader.LENGTH];
    in.read("sparse header", sector);
    try (MemoryStorage storage = MemoryStorage.of(name, sector)) {
      return SparseHeader.read(storage, 0).at(position);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int unitSize() {
    return 1 << header.grainBits();
  }

  @Override
  public Decoder decoder() {
    return (offset, encoded, target) -> {
      long needed = Math.min(target.byteSize(), header.size() - offset);
      String problem = GrainStreams.inflate(inflaters, encoded, target, needed);
      if (problem != null) {
        throw corrupt("compressed grain of offset " + offset + " of the disk", -1, problem);
      }
    };
  }

  @Override
  public long next() throws IOException {
    while (record == null && !ended) {
      look();
    }
    return ended ? -1 : grainSector << ExtentLine.SECTOR_BITS;
  }

  /** Looks at what comes next: a grain, or something to be skipped, or the end. */
  private void look() throws IOException {
    long position = in.position();
    if (!in.hasMore()) {
      end("ends without a marker that says so");
      return;
    }
    byte[] sector = new byte[SparseHeader.LENGTH];
    in.read("marker", sector);
    ByteBuffer marker = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    long value = marker.getLong(0);
    switch (StreamScan.markerType(marker)) {
      case -1 -> grain(value, position, sector);
      case StreamScan.END -> {
        endMarker(position);
        end("");
      }
      case StreamScan.TABLE -> {
        skip(value, position, true);
        hasTables = true;
      }
      case StreamScan.FOOTER -> footer(in.position());
      case StreamScan.DIRECTORY, StreamScan.PROGRESS -> skip(value, position, false);
      default -> throw corrupt("marker", position, "is of no type that is known");
    }
  }

  private void grain(long sector, long position, byte[] first) throws IOException {
    if (sector < 0 || sector >= header.capacity() || sector % header.grainSectors() != 0) {
      throw corrupt(
          "marker",
          position,
          "a grain at sector " + Long.toUnsignedString(sector) + " of the disk");
    }
    if (sector <= grainSector) {
      throw new UnsupportedFeatureException(
          name,
          "reading a VMDK image in one pass, from a stream, whose grains are not in the order of"
              + " the disk");
    }
    if (hasFooter) {
      throw corrupt("marker", position, "a grain behind the footer");
    }
    grainSector = sector;
    record = first;
    sums.grain(position >>> ExtentLine.SECTOR_BITS);
  }

  @Override
  public byte[] read() throws IOException {
    byte[] first = record;
    if (first == null) {
      throw new IllegalStateException(name + ": next() has found no unit");
    }
    record = null;
    long position = in.position() - first.length;
    long length =
        Integer.toUnsignedLong(ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getInt(8));
    if (length > GrainStreams.mostBytes(unitSize())) {
      throw corrupt(
          "compressed grain",
          position,
          "has a stream of " + length + " bytes for a grain of " + unitSize());
    }
    byte[] stream = new byte[(int) length];
    int here = (int) Math.min(length, first.length - GrainStreams.MARKED_START);
    System.arraycopy(first, GrainStreams.MARKED_START, stream, 0, here);
    if (here < length) {
      byte[] rest = new byte[(int) length - here];
      in.read("compressed grain", rest);
      System.arraycopy(rest, 0, stream, here, rest.length);
      // The last grain's sector need not be filled up.
      int over = rest.length & (SparseHeader.LENGTH - 1);
      int _ = in.readUpTo(new byte[over == 0 ? 0 : SparseHeader.LENGTH - over]);
    }
    return stream;
  }

  private void skip(long sectors, long position, boolean tables) throws IOException {
    if (sectors < 0 || sectors > SparseHeader.MOST_TABLES) {
      throw corrupt(
          "marker", position, "is followed by " + Long.toUnsignedString(sectors) + " sectors");
    }
    byte[] sector = new byte[SparseHeader.LENGTH];
    for (long i = 0; i < sectors; i++) {
      in.read("what follows a marker", sector);
      if (tables) {
        sums.tables(sector, 0, sector.length);
      }
    }
  }

  private void footer(long position) throws IOException {
    SparseHeader footer = header(position);
    footer.requireSameDisk(name, header);
    hasFooter = true;
  }

  /** Some tools leave more zeroes behind the end. */
  private void endMarker(long position) throws IOException {
    byte[] sector = new byte[SparseHeader.LENGTH];
    int count;
    while ((count = in.readUpTo(sector)) > 0) {
      for (int i = 0; i < count; i++) {
        if (sector[i] != 0) {
          throw corrupt("end-of-stream marker", position, "is followed by more than zeroes");
        }
      }
      if (in.position() - position > StreamFooter.MOST_ZEROES) {
        throw corrupt(
            "end-of-stream marker",
            position,
            "is followed by more than " + StreamFooter.MOST_ZEROES + " bytes");
      }
    }
  }

  /**
   * Ends the stream, if it is complete.
   *
   * @param problem what is wrong unless tables say that there is nothing more; empty for nothing
   */
  private void end(String problem) throws IOException {
    ended = true;
    boolean atEnd = header.directory() == SparseHeader.AT_END;
    if (atEnd && !hasFooter) {
      throw corrupt("stream", in.position(), "ends without its footer: was it cut short?");
    }
    if (!problem.isEmpty() && !hasFooter && !hasTables) {
      throw corrupt("stream", in.position(), problem + ": was it cut short?");
    }
    if (hasTables && !sums.agree()) {
      throw corrupt(
          "stream",
          in.position(),
          "ends after "
              + sums.found()
              + " grains, but its tables name "
              + sums.named()
              + ", or others: was it cut short?");
    }
  }

  private CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(name, structure, position, problem);
  }

  @Override
  public void close() {
    inflaters.close();
  }
}
