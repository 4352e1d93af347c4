package io.diskformat.iso;

import io.diskformat.iso.RawSectors.Layout;
import io.diskformat.iso.disc.Disc;
import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Inspects the volume descriptors of a disc that passes by. */
final class IsoInspection {
  private static final String HIGH_SIERRA = "CDROM";
  private static final int HIGH_SIERRA_AT = 9;
  private static final String UDF = "BEA01";
  private static final int CUE_SHEET_HEAD = 4096;
  private static final int FIELDS_END = 130;
  private static final int BLOCK_SIZE = 128;
  private static final long UNKNOWN_SIZE = 0xffff_ffffL;

  private final PassingImage image;

  private IsoInspection(PassingImage image) {
    this.image = image;
  }

  static void begin(PassingImage image) {
    IsoInspection inspection = new IsoInspection(image);
    inspection.whenAt(
        VolumeDescriptor.FIRST + VolumeDescriptor.MARK_AT,
        VolumeDescriptor.MARK,
        inspection::volume);
    inspection.whenAt(VolumeDescriptor.FIRST + HIGH_SIERRA_AT, HIGH_SIERRA, image::recognized);
    inspection.whenAt(VolumeDescriptor.FIRST + VolumeDescriptor.MARK_AT, UDF, inspection::udf);
    inspection.rawSectors();
    image.read(0, CUE_SHEET_HEAD, inspection::cueSheet);
    image.atEnd(
        CUE_SHEET_HEAD,
        (size, tail) -> {
          if (size < CUE_SHEET_HEAD) {
            inspection.cueSheet(tail);
          }
        });
  }

  private void whenAt(long position, String mark, Runnable then) {
    image.read(
        position,
        mark.length(),
        bytes -> {
          if (text(bytes).equals(mark)) {
            then.run();
          }
        });
  }

  private static String text(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private void volume() {
    image.recognized();
    descriptor(0);
  }

  /** Goes from one descriptor to the next, up to the primary one. */
  private void descriptor(int number) {
    long position = VolumeDescriptor.FIRST + (long) number * Disc.SECTOR;
    image.need(
        position,
        FIELDS_END,
        "the volume descriptors",
        bytes -> {
          int type = Byte.toUnsignedInt(bytes.get(0));
          if (type == VolumeDescriptor.TYPE_PRIMARY) {
            primary(position, bytes.order(ByteOrder.LITTLE_ENDIAN));
          } else if (!VolumeDescriptor.isMarked(bytes)
              || type == VolumeDescriptor.TYPE_LAST
              || number == VolumeDescriptors.MOST) {
            image.refuse("iso.header", position, "it has no primary volume descriptor");
          } else {
            descriptor(number + 1);
          }
        });
  }

  private void primary(long position, ByteBuffer bytes) {
    long blocks = Integer.toUnsignedLong(bytes.getInt(VolumeDescriptor.VOLUME_SIZE));
    int blockSize = Short.toUnsignedInt(bytes.getShort(BLOCK_SIZE));
    if (blockSize != 512 && blockSize != 1024 && blockSize != 2048) {
      image.refuse(
          "iso.header", position + BLOCK_SIZE, "blocks have " + blockSize + " bytes, not 2048");
      return;
    }
    image.disk(blocks * blockSize, position + VolumeDescriptor.VOLUME_SIZE);
    if (blocks != UNKNOWN_SIZE) {
      image.reaches(blocks * blockSize, "the volume");
    }
  }

  private void udf() {
    for (int sector : new int[] {2048, 4096}) {
      whenAt(VolumeDescriptor.FIRST + sector + 1, "NSR0", image::recognized);
    }
  }

  /** Of a disc whose sectors are stored whole, the mark is elsewhere. */
  private void rawSectors() {
    for (Layout layout : Layout.values()) {
      for (int mode = 1; mode <= 2; mode++) {
        long at = 16L * layout.sector() + RawSectors.content(layout, mode);
        for (String mark : new String[] {VolumeDescriptor.MARK, UDF}) {
          whenAt(at + VolumeDescriptor.MARK_AT, mark, () -> rawMark(layout));
        }
      }
    }
  }

  private void rawMark(Layout layout) {
    if (layout == Layout.WITHOUT_HEADER) {
      image.recognized();
      image.variant("sectors of " + layout.sector() + " bytes");
      return;
    }
    whenAt(
        0,
        RawSectors.SYNC,
        () -> {
          image.recognized();
          image.variant("sectors of " + layout.sector() + " bytes");
        });
  }

  private void cueSheet(ByteBuffer head) {
    if (CueSheet.isMarked(text(head))) {
      image.recognized();
      image.variant("cue sheet");
      image.refuse("iso.data-file", 0, "it is a cue sheet: the disc is in another file");
    }
  }
}
