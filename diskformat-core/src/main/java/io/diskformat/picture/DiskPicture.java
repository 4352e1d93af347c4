package io.diskformat.picture;

import io.diskformat.BlockDevice;
import io.diskformat.transfer.Comparison;
import java.io.IOException;
import java.util.List;

/**
 * The data of a picture of a disk: the disk is divided into cells of one size, and the picture has
 * the number of bytes of each kind in each cell. Immutable. Takes a few bytes for each cell and
 * kind, however large the disk is.
 */
public final class DiskPicture {

  /** The least share that a kind counts as in a cell in which it occurs. */
  private static final double LEAST_SHARE = 0.4;

  private final String title;
  private final long size;
  private final CellCounts counts;

  private DiskPicture(String title, long size, CellCounts counts) {
    this.title = title;
    this.size = size;
    this.counts = counts;
  }

  /**
   * Returns how a disk is stored: in which image of its chain, compressed or not, as recorded
   * zeroes, or not at all.
   *
   * @param most how many cells there are at most; there may be half as many, as each is a power of
   *     two of bytes, and at least 512
   * @throws IllegalArgumentException if {@code most} is less than 1
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if they cannot be read
   */
  public static DiskPicture allocation(BlockDevice device, int most) throws IOException {
    CellCounts counts = new CellCounts(Palette.ALLOCATION, device.size(), most);
    Palette.addAllocation(device, counts);
    return new DiskPicture("Where " + device + " is stored", device.size(), counts);
  }

  /**
   * Returns how scattered the stored data of a disk is: how far each piece of it is from where the
   * piece before it ends in the file. The parameters and exceptions are those of {@link
   * #allocation}.
   *
   * @throws IOException if the disk's tables cannot be read
   */
  public static DiskPicture fragmentation(BlockDevice device, int most) throws IOException {
    CellCounts counts = new CellCounts(Palette.FRAGMENTATION, device.size(), most);
    Palette.addFragmentation(device, counts);
    return new DiskPicture("How scattered " + device + " is", device.size(), counts);
  }

  /**
   * Returns where two disks differ in content. Other parameters and exceptions are those of {@link
   * #allocation}.
   *
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   */
  public static DiskPicture differences(BlockDevice first, BlockDevice second, int most)
      throws IOException {
    long size = Math.max(first.size(), second.size());
    CellCounts counts = new CellCounts(Palette.DIFFERENCES, size, most);
    Palette.addContent(first.size() == size ? first : second, counts);
    Comparison.of(first, second)
        .differences(difference -> {
          counts.replace(difference.offset(), difference.end(), Palette.DIFFERENT);
          return true;
        });
    return new DiskPicture("How " + first + " and " + second + " differ", size, counts);
  }

  /** Returns the title: what this is a picture of, in one line. */
  public String title() {
    return title;
  }

  /** Returns the size of the disk, in bytes. */
  public long size() {
    return size;
  }

  /** Returns how many bytes a cell stands for; the last one may stand for fewer. */
  public long cellBytes() {
    return counts.cellBytes();
  }

  /** Returns the number of cells; 0 for a disk without a byte. */
  public int cells() {
    return counts.cells();
  }

  /** Returns the kinds, the least remarkable first. */
  public List<CellKind> kinds() {
    return counts.kinds();
  }

  /**
   * Returns how many bytes of a cell are of a kind.
   *
   * @param kind its index in {@link #kinds()}
   */
  public long bytes(int cell, int kind) {
    return counts.bytes(cell, kind);
  }

  /** Returns how many bytes of the disk are of a kind. */
  public long bytes(int kind) {
    long sum = 0;
    for (int cell = 0; cell < cells(); cell++) {
      sum += bytes(cell, kind);
    }
    return sum;
  }

  /**
   * Returns the kind that a cell is to be drawn as where only one can be: that with the most bytes,
   * but not what is stored nowhere if a quarter of the cell is something else.
   */
  public int mainKind(int cell) {
    int most = 1;
    long total = bytes(cell, 0);
    for (int kind = 1; kind < kinds().size(); kind++) {
      total += bytes(cell, kind);
      most = bytes(cell, kind) > bytes(cell, most) ? kind : most;
    }
    return bytes(cell, 0) > total / 4 * 3 || bytes(cell, most) == 0 ? 0 : most;
  }

  /**
   * Returns the colour of a cell, as {@code 0xRRGGBB}: those of its kinds, mixed by how much of it
   * they are. What there is little of counts as two fifths, so that it is seen.
   */
  public int rgb(int cell) {
    double red = 0;
    double green = 0;
    double blue = 0;
    double sum = 0;
    long total = 0;
    for (int kind = 0; kind < kinds().size(); kind++) {
      total += bytes(cell, kind);
    }
    for (int kind = 0; kind < kinds().size(); kind++) {
      double share = (double) bytes(cell, kind) / Math.max(1, total);
      double weight = kind > 0 && share > 0 ? Math.max(share, LEAST_SHARE) : share;
      int rgb = kinds().get(kind).rgb();
      red += weight * (rgb >> 16 & 0xFF);
      green += weight * (rgb >> 8 & 0xFF);
      blue += weight * (rgb & 0xFF);
      sum += weight;
    }
    return sum == 0
        ? kinds().getFirst().rgb()
        : Math.toIntExact(
            Math.round(red / sum) << 16 | Math.round(green / sum) << 8 | Math.round(blue / sum));
  }
}
