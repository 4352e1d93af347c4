package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Place;
import io.diskformat.device.ReadingDevice;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The content of sectors that an image stores whole, with headers and checksums, as a drive reads
 * them.
 *
 * <pre>
 * of 2352 bytes                            of 2448: 96 bytes more at the end
 *    0  12  00, ten times FF, 00           of 2336: without the first 16, and of mode 2
 *   12   3  minute, second and frame
 *   15   1  mode: 0 empty, 1, or 2
 *   16      mode 1: the content
 *   16   8  mode 2: what it is of
 *   24      the content
 * </pre>
 *
 * <p>The content is 2048 bytes; checksums are not looked at.
 */
final class RawSectors extends ReadingDevice {
  /** How an image has its sectors. */
  enum Layout {
    /** All of them, as most tools write. */
    WHOLE(2352, 16),
    /** Whole sectors with the subchannels of a CD. */
    WITH_SUBCHANNEL(2448, 16),
    /** Sectors without their headers. */
    WITHOUT_HEADER(2336, 0);

    private final int sector;
    private final int header;

    Layout(int sector, int header) {
      this.sector = sector;
      this.header = header;
    }

    /** Returns the length of a sector, in bytes. */
    int sector() {
      return sector;
    }
  }

  /** How whole sectors begin. */
  static final String SYNC = "\0\377\377\377\377\377\377\377\377\377\377\0";

  private static final int MODE = 15;
  private static final int SUBHEADER = 8;

  /** The number of sectors to read at once. */
  private static final int MOST = 64;

  private final BlockDevice raw;
  private final Layout layout;
  private final long start;

  /**
   * Creates a device.
   *
   * @param raw the image, which stays open
   * @param start of the first sector, in bytes
   * @param length of all of them; a last one that is cut short is left out
   */
  RawSectors(BlockDevice raw, Layout layout, long start, long length) {
    super(raw.toString(), length / layout.sector * Disc.SECTOR);
    this.raw = raw;
    this.layout = layout;
    this.start = start;
  }

  /** Returns where in a sector the content is, given its mode. */
  static int content(Layout layout, int mode) {
    boolean subheader = layout == Layout.WITHOUT_HEADER || mode == 2;
    return layout.header + (subheader ? SUBHEADER : 0);
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    byte[] sectors = null;
    for (long done = 0; done < length; ) {
      long at = offset + done;
      long sector = at / Disc.SECTOR;
      long last = (offset + length - 1) / Disc.SECTOR;
      int count = (int) Math.min(MOST, last - sector + 1);
      if (sectors == null || sectors.length != count * layout.sector) {
        sectors = new byte[count * layout.sector];
      }
      raw.read(start + sector * layout.sector, sectors);
      for (int i = 0; i < count; i++) {
        int from = (int) ((offset + done) % Disc.SECTOR);
        int here = (int) Math.min(Disc.SECTOR - from, length - done);
        copy(sector + i, sectors, i * layout.sector, from, target.asSlice(done, here));
        done += here;
      }
    }
  }

  private void copy(long sector, byte[] sectors, int at, int from, MemorySegment target)
      throws IOException {
    int mode = layout == Layout.WITHOUT_HEADER ? 2 : sectors[at + MODE];
    if (mode == 0) {
      target.fill((byte) 0);
      return;
    }
    if ((mode != 1 && mode != 2) || !hasSync(sectors, at)) {
      throw new CorruptImageException(
          toString(),
          "sector " + sector,
          start + sector * layout.sector,
          "holds no data: it has no header of mode 1 or 2");
    }
    MemorySegment.copy(
        MemorySegment.ofArray(sectors),
        at + content(layout, mode) + from,
        target,
        0,
        target.byteSize());
  }

  private boolean hasSync(byte[] sectors, int at) {
    for (int i = 0; layout != Layout.WITHOUT_HEADER && i < SYNC.length(); i++) {
      if (sectors[at + i] != (byte) SYNC.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** {@inheritDoc} This is in the content of one sector. */
  @Override
  public Place placeOf(long offset) throws IOException {
    Objects.checkIndex(offset, size());
    long sector = offset / Disc.SECTOR;
    long at = start + sector * layout.sector;
    byte[] header = new byte[MODE + 1];
    raw.read(at, header);
    int mode = layout == Layout.WITHOUT_HEADER ? 2 : header[MODE];
    long from = offset % Disc.SECTOR;
    long length = Disc.SECTOR - from;
    Place stored = raw.placeOf(at + content(layout, mode) + from);
    return new Place(
        offset,
        length,
        "content of a raw sector",
        0,
        stored.file(),
        stored.position(),
        stored.position() < 0 ? 0 : length);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    super.willRead(offset, length);
    long first = offset / Disc.SECTOR;
    long end = (offset + length + Disc.SECTOR - 1) / Disc.SECTOR;
    raw.willRead(start + first * layout.sector, (end - first) * layout.sector);
  }
}
