package io.diskformat.qcow2;

import io.diskformat.ImageOutput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.AnnouncedUnits;
import io.diskformat.onepass.ForwardOutput;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.OutputRequest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An image that is written in one pass. Its header says where the tables are, and these where the
 * clusters are; so what will be there is announced, and all tables come first, as {@link
 * StreamPlan} draws it. A reader of the image as a stream then keeps nothing but what the tables
 * say.
 */
final class Qcow2Output implements ImageOutput {
  private final String name;
  private final Qcow2Options options;
  private final long size;
  private final boolean compressed;
  private final int clusterSize;
  private final int coverageBits;
  private final ForwardOutput output;
  private final AnnouncedUnits announced;
  private final ClusterCompressor compressor;
  private StreamPlan.@Nullable Placement placement;

  /** The first cluster of the disk that may be written next. */
  private long next;

  private Qcow2Output(OutputRequest request, Qcow2Options options) {
    this.name = request.name();
    this.options = options;
    this.size = request.options().size();
    this.compressed = request.compressed();
    this.clusterSize = 1 << options.clusterBits();
    int tableBits = options.clusterBits() - L2Entry.sizeBits(options.extendedL2());
    this.coverageBits = options.clusterBits() + tableBits;
    this.output = new ForwardOutput(request.channel());
    this.announced = new AnnouncedUnits(tableBits, clusterSize);
    this.compressor = new ClusterCompressor(name, options.compression(), options.clusterBits());
  }

  /**
   * Begins an image.
   *
   * @throws IllegalArgumentException if options make no sense
   * @throws UnsupportedFeatureException if they are for an image that is not written so
   */
  static ImageOutput begin(OutputRequest request) throws UnsupportedFeatureException {
    String name = request.name();
    Qcow2Options options = Qcow2Options.of(name, request.options());
    refuse(name, options.backingFile().isPresent(), "with a backing file");
    refuse(name, options.dataFile().isPresent(), "with an external data file");
    refuse(name, options.encryption().isPresent(), "that is encrypted");
    refuse(name, options.preallocation() != Preallocation.OFF, "with preallocation");
    return new Qcow2Output(request, options);
  }

  private static void refuse(String name, boolean condition, String what)
      throws UnsupportedFeatureException {
    if (condition) {
      throw new UnsupportedFeatureException(
          name, "writing a qcow2 image in one pass, to a stream, " + what);
    }
  }

  @Override
  public int unitSize() {
    return clusterSize;
  }

  @Override
  public Foresight foresight() {
    return compressed ? Foresight.LENGTHS : Foresight.PLACES;
  }

  @Override
  public Encoder encoder() {
    byte[] cluster = new byte[clusterSize];
    byte[] stream = new byte[compressed ? clusterSize : 0];
    return content -> {
      MemorySegment.ofArray(cluster).copyFrom(content);
      int length = compressed ? compressor.compress(cluster, stream) : 0;
      return length == 0 ? cluster.clone() : Arrays.copyOf(stream, length);
    };
  }

  @Override
  public void announce(long offset, int length) {
    announced.add(offset >>> options.clusterBits(), compressed ? length : clusterSize);
  }

  @Override
  public void write(long offset, byte[] encoded) throws IOException {
    long cluster = offset >>> options.clusterBits();
    if ((offset & (clusterSize - 1)) != 0 || cluster < next || offset >= size) {
      throw new IllegalArgumentException("no unit that may follow cluster " + next + ": " + offset);
    }
    if (announced.next(cluster) != cluster || announced.length(cluster) != encoded.length) {
      throw changed(cluster);
    }
    skipTo(cluster);
    output.zeroesTo(placement().place(encoded.length));
    output.write(ByteBuffer.wrap(encoded));
    next = cluster + 1;
  }

  private IOException changed(long cluster) {
    return new IOException(
        name
            + ": the source changed after it was read for the first time, at "
            + (cluster << options.clusterBits()));
  }

  /** Writes zeroes to the clusters before one that were announced and not written. */
  private void skipTo(long cluster) throws IOException {
    for (long at = announced.next(next); at >= 0 && at < cluster; at = announced.next(at + 1)) {
      if (announced.length(at) != clusterSize) {
        throw changed(at);
      }
      long position = placement().place(clusterSize);
      output.zeroesTo(position + clusterSize);
    }
  }

  private StreamPlan.Placement placement() throws IOException {
    StreamPlan.Placement begun = placement;
    if (begun == null) {
      long l1Entries = Math.ceilDiv(size, 1L << coverageBits);
      StreamPlan plan = new StreamPlan(name, options, announced, l1Entries);
      writeHeader(plan, l1Entries);
      writeRefcounts(plan);
      writeL1(plan, l1Entries);
      writeL2(plan);
      begun = plan.placement();
      placement = begun;
    }
    return begun;
  }

  private void writeHeader(StreamPlan plan, long l1Entries) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(clusterSize);
    NewHeader.write(header, options, new FirstClusters((int) plan.tableClusters(), 1, 0, 0));
    header.putLong(HeaderLayout.DISK_SIZE, size);
    header.putInt(HeaderLayout.L1_ENTRIES, (int) l1Entries);
    long l1 = l1Entries == 0 ? 0 : plan.l1() << options.clusterBits();
    header.putLong(HeaderLayout.L1_TABLE, l1);
    output.write(header);
  }

  private void fillCluster() throws IOException {
    output.zeroesTo((output.position() + clusterSize - 1) & -clusterSize);
  }

  private void writeRefcounts(StreamPlan plan) throws IOException {
    writeReferences(plan.firstBlock(), plan.blocks());
    RefcountBlock refcounts = RefcountBlock.of(options.refcountOrder(), options.clusterBits());
    ByteBuffer block = ByteBuffer.allocate(clusterSize);
    long[] cluster = {0};
    plan.visitCounts(count -> {
      int at = (int) refcounts.wordAt(cluster[0]);
      block.putLong(at, refcounts.with(block.getLong(at), cluster[0], count));
      cluster[0]++;
      if ((cluster[0] & ((1L << refcounts.clustersBits()) - 1)) == 0) {
        output.write(block.clear());
        Arrays.fill(block.clear().array(), (byte) 0);
      }
    });
    if ((cluster[0] & ((1L << refcounts.clustersBits()) - 1)) != 0) {
      output.write(block.clear());
    }
  }

  /** Writes a table of clusters that follow each other. */
  private void writeReferences(long first, long count) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(Long.BYTES);
    for (long i = 0; i < count; i++) {
      output.write(entry.clear().putLong((first + i) << options.clusterBits()).flip());
    }
    fillCluster();
  }

  private void writeL1(StreamPlan plan, long l1Entries) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(Long.BYTES);
    long start = output.position();
    long table = plan.l2() << options.clusterBits();
    for (long part : announced.parts()) {
      output.zeroesTo(start + part * Long.BYTES);
      output.write(entry.clear().putLong(L1Entry.owned(table)).flip());
      table += clusterSize;
    }
    output.zeroesTo(start + l1Entries * Long.BYTES);
    fillCluster();
  }

  private void writeL2(StreamPlan plan) throws IOException {
    int entryBits = L2Entry.sizeBits(options.extendedL2());
    int tableBits = coverageBits - options.clusterBits();
    ByteBuffer table = ByteBuffer.allocate(clusterSize);
    long[] part = {-1};
    plan.visit((cluster, position, length) -> {
      if (cluster >>> tableBits != part[0]) {
        writeTable(part[0], table);
        part[0] = cluster >>> tableBits;
      }
      int at = (int) (cluster & (1L << tableBits) - 1) << entryBits;
      boolean plain = length == clusterSize;
      table.putLong(
          at,
          plain
              ? L2Entry.owned(position)
              : L2Entry.compressed(position, length, options.clusterBits()));
      if (plain && options.extendedL2()) {
        table.putLong(at + Long.BYTES, SubclusterBitmap.ALL);
      }
    });
    writeTable(part[0], table);
  }

  private void writeTable(long part, ByteBuffer table) throws IOException {
    if (part >= 0) {
      output.write(table.clear());
      MemorySegment.ofBuffer(table.clear()).fill((byte) 0);
    }
  }

  @Override
  public void finish() throws IOException {
    StreamPlan.Placement _ = placement();
    skipTo(Long.MAX_VALUE);
    fillCluster();
    output.flush();
  }

  @Override
  public void close() {
    compressor.close();
  }
}
