package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Finds out what a file that passes by is, as {@link FileShape} does, and looks at it. */
final class VmdkInspection {
  private static final int UNFINISHED_MARK = 0x766d_646b;
  private static final int SE_SPARSE_MARK = 0xcafe_babe;
  private static final int COWD_CAPACITY = 12;
  private static final int SE_SPARSE_CAPACITY = 16;

  private final PassingImage image;

  private VmdkInspection(PassingImage image) {
    this.image = image;
  }

  static void begin(PassingImage image) {
    VmdkInspection inspection = new VmdkInspection(image);
    image.read(0, Integer.BYTES, inspection::mark);
    new DescriptorStart(image).begin();
  }

  private void mark(ByteBuffer bytes) {
    switch (bytes.order(ByteOrder.LITTLE_ENDIAN).getInt()) {
      case SparseHeader.MARK -> {
        image.recognized();
        new SparseInspection(image).begin();
      }
      case UNFINISHED_MARK -> {
        image.recognized();
        image.refuse("vmdk.unfinished", 0, "it is marked as that of an unfinished image");
      }
      case CowdExtent.MARK -> {
        image.recognized();
        alone("COWD", COWD_CAPACITY, Integer.BYTES);
      }
      case SE_SPARSE_MARK ->
          image.read(
              Integer.BYTES,
              Integer.BYTES,
              rest -> {
                if (rest.getInt() == 0) {
                  image.recognized();
                  alone("seSparse", SE_SPARSE_CAPACITY, Long.BYTES);
                }
              });
      default -> {}
    }
  }

  private void alone(String kind, int position, int length) {
    image.variant(kind);
    image.refuse(
        SparseInspection.LONE_EXTENT,
        0,
        "it is an extent of an image, whose descriptor is another file");
    image.read(
        position,
        length,
        bytes -> {
          ByteBuffer field = bytes.order(ByteOrder.LITTLE_ENDIAN);
          long sectors =
              length == Long.BYTES ? field.getLong() : Integer.toUnsignedLong(field.getInt());
          image.disk(SparseHeader.inBytes(sectors), position);
        });
  }
}
