package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at the header of a hosted sparse extent that passes by, field by field as {@link
 * SparseHeader} draws them, at the descriptor that is inside, and at the footer.
 */
final class SparseInspection {
  /** The rule for a file that is only a part of an image. */
  static final String LONE_EXTENT = "vmdk.lone-extent";

  private static final String HEADER = "vmdk.header";
  private static final String UNKNOWN_FEATURE = "vmdk.unknown-feature";
  private static final String FOOTER = "vmdk.footer";
  private static final int SECTOR = 512;
  private static final int KNOWN_FLAGS = 0xffff | SparseHeader.COMPRESSED | SparseHeader.MARKERS;

  private final PassingImage image;

  /** The fields so far. */
  private final ByteBuffer header =
      ByteBuffer.allocate(SparseHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);

  SparseInspection(PassingImage image) {
    this.image = image;
  }

  void begin() {
    header.putInt(0, SparseHeader.MARK);
    field(4, 4, this::version);
  }

  private void field(int position, int length, Runnable then) {
    image.need(
        position,
        length,
        "the header",
        bytes -> {
          header.put(position, bytes, 0, length);
          then.run();
        });
  }

  private void version() {
    int version = header.getInt(4);
    if (version < 1 || version > 3) {
      image.refuse(
          UNKNOWN_FEATURE, 4, "version " + Integer.toUnsignedString(version) + " is not known");
      return;
    }
    field(8, 4, this::flags);
  }

  private boolean has(int flag) {
    return (header.getInt(8) & flag) != 0;
  }

  private void flags() {
    int unknown = header.getInt(8) & ~KNOWN_FLAGS;
    if (unknown != 0) {
      image.refuse(
          UNKNOWN_FEATURE, 8, "flags 0x" + Integer.toHexString(unknown) + " are not known");
    }
    if (has(SparseHeader.MARKERS) && !has(SparseHeader.COMPRESSED)) {
      image.refuse(HEADER, 8, "there are markers, and no compression");
    }
    field(12, 8, this::capacity);
  }

  private void capacity() {
    long sectors = header.getLong(12);
    image.disk(SparseHeader.inBytes(sectors), 12);
    if (sectors == 0) {
      image.refuse(
          "vmdk.capacity", 12, "it has no sectors, so that its descriptor says where the disk is");
    }
    field(20, 8, this::grain);
  }

  private void grain() {
    long sectors = header.getLong(20);
    if (!SparseHeader.isPowerOfTwo(sectors, SparseHeader.LARGEST_GRAIN)) {
      image.refuse(
          HEADER,
          20,
          "grains have " + Long.toUnsignedString(sectors) + " sectors, no power of two");
    }
    field(28, 16, this::descriptor);
  }

  private void descriptor() {
    long sector = header.getLong(28);
    long sectors = header.getLong(36);
    if (sector == 0 || sectors == 0) {
      image.refuse(
          LONE_EXTENT, 28, "it is an extent of an image, whose descriptor is another file");
    } else if (SparseHeader.inBytes(sector) < 0
        || sectors < 0
        || sectors > DescriptorPlace.LONGEST / SECTOR) {
      image.refuse(
          TextInspection.RULE,
          28,
          "the descriptor has %s sectors from sector %s on"
              .formatted(Long.toUnsignedString(sectors), Long.toUnsignedString(sector)));
    } else {
      if (sector != 1) {
        image.refuse(
            "vmdk.descriptor-place", 28, "the descriptor is at sector " + sector + ", not 1");
      }
      long start = SparseHeader.inBytes(sector);
      long length = SparseHeader.inBytes(sectors);
      TextInspection text = TextInspection.inside(image, start + length);
      image.reaches(start + length, "the descriptor");
      new PassingLines(image, start, length, -1, text).begin();
    }
    field(44, 28, this::tables);
  }

  private void tables() {
    long entries = Integer.toUnsignedLong(header.getInt(44));
    if (!SparseHeader.isPowerOfTwo(entries, SparseHeader.MOST_TABLE_ENTRIES)) {
      image.refuse(HEADER, 44, "grain tables have " + entries + " entries");
    }
    field(72, 7, () -> rest(entries));
  }

  private void rest(long entries) {
    if (header.get(72) != 0) {
      image.warn("vmdk.dirty", 72, "it was not closed");
    }
    if (has(SparseHeader.CHECKED_LINE_ENDS) && header.getInt(73) != SparseHeader.LINE_ENDS) {
      image.refuse("vmdk.line-ends", 73, "it was changed by a transfer as text");
    }
    int algorithm = Short.toUnsignedInt(header.getShort(77));
    if (has(SparseHeader.COMPRESSED) && algorithm != SparseHeader.ZLIB) {
      image.refuse(UNKNOWN_FEATURE, 77, "compression algorithm " + algorithm + " is not known");
    }
    long directory = header.getLong(56);
    if (directory == SparseHeader.AT_END) {
      image.atEnd(PassingImage.MOST_BYTES, this::footer);
    } else if (SparseHeader.inBytes(directory) < 0) {
      image.refuse(HEADER, 56, "the directory is at sector " + Long.toUnsignedString(directory));
    } else {
      long grains = Math.ceilDiv(header.getLong(12), Math.max(1, header.getLong(20)));
      long tables = Math.ceilDiv(grains, Math.max(1, entries));
      if (tables < 0 || tables > SparseHeader.MOST_TABLES) {
        image.refuse(HEADER, 12, "it has " + tables + " grain tables, more than 2 to the 22");
        return;
      }
      image.reaches(
          SparseHeader.inBytes(directory) + tables * Integer.BYTES, "the grain directory");
      long grain =
          has(SparseHeader.COMPRESSED) ? 0 : Math.max(0, SparseHeader.inBytes(header.getLong(20)));
      new GrainInspection(
              image,
              (int) Math.min(entries, SparseHeader.MOST_TABLE_ENTRIES),
              grain,
              has(SparseHeader.MARKERS))
          .begin(SparseHeader.inBytes(directory), (int) tables);
    }
  }

  private void footer(long size, ByteBuffer tail) {
    long start = size - tail.limit();
    long position = start + lastUsed(tail) & -SECTOR;
    int sector = (int) (position - start);
    boolean isThere =
        sector >= SECTOR
            && sector + SECTOR <= tail.limit()
            && StreamScan.markerType(tail.slice(sector - SECTOR, SECTOR)) == StreamScan.FOOTER
            && little(tail, sector).getInt(0) == SparseHeader.MARK;
    if (!isThere) {
      image.refuse(
          "truncated", size, "the file ends without the footer that says where tables are");
      return;
    }
    ByteBuffer footer = little(tail, sector);
    if (footer.getLong(56) == SparseHeader.AT_END) {
      image.refuse(FOOTER, position + 56, "the footer says that the directory is in a footer");
    } else if (SparseHeader.inBytes(footer.getLong(56)) < 0
        || SparseHeader.inBytes(footer.getLong(56)) > position) {
      image.refuse(FOOTER, position + 56, "the footer says that the directory is beyond it");
    }
    // All fields up to the places of the tables are the same.
    for (int at = 4; at < 48; at += Integer.BYTES) {
      if (footer.getInt(at) != header.getInt(at)) {
        image.refuse(FOOTER, position + at, "the footer says something else than the header");
        return;
      }
    }
  }

  private static ByteBuffer little(ByteBuffer tail, int at) {
    return tail.slice(at, SECTOR).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns where the last byte is that is not zero, or -1. */
  private static int lastUsed(ByteBuffer tail) {
    int at = tail.limit() - 1;
    while (at >= 0 && tail.get(at) == 0) {
      at--;
    }
    return at;
  }
}
