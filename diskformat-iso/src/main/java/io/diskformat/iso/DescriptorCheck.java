package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Checks the volume descriptors of a session: numbers in both byte orders, and the size. */
final class DescriptorCheck {
  /** The fields in both byte orders: name, position in the descriptor, and length in one order. */
  private static final Object[][] FIELDS = {
    {"size of the volume", VolumeDescriptor.VOLUME_SIZE, 4},
    {"number of volumes", 120, 2},
    {"number of the volume", 124, 2},
    {"block size", 128, 2},
    {"size of the path table", 132, 4},
    {"block of the root directory", 158, 4},
    {"size of the root directory", 166, 4}
  };

  private static final long UNKNOWN = 0xffffffffL;

  private DescriptorCheck() {}

  static void of(
      DeviceBytes disc, long session, VolumeDescriptors descriptors, CheckReport.Builder report)
      throws IOException {
    for (VolumeDescriptor descriptor : descriptors.trees()) {
      String name = "volume descriptor of tree " + descriptor.kind().option();
      ByteBuffer bytes = descriptor.bytes();
      for (Object[] field : FIELDS) {
        int at = (int) field[1];
        boolean wide = (int) field[2] == 4;
        long little =
            wide
                ? Integer.toUnsignedLong(bytes.getInt(at))
                : Short.toUnsignedLong(bytes.getShort(at));
        long big =
            wide
                ? Integer.toUnsignedLong(Integer.reverseBytes(bytes.getInt(at + 4)))
                : Short.toUnsignedLong(Short.reverseBytes(bytes.getShort(at + 2)));
        if (little != big) {
          report.corruption(
              name,
              descriptor.position() + at,
              field[0] + " is " + little + " in one byte order and " + big + " in the other",
              "the same");
        }
      }
    }
    if (descriptors.last() < 0) {
      report.corruption("volume descriptors", -1, "none that ends them", "one of type 255");
    }
    VolumeDescriptor primary = descriptors.primary();
    long size = primary.volumeSize();
    long start = session * Disc.SECTOR;
    report.totalClusters(disc.size() / primary.blockSize());
    if (size > 0 && size / primary.blockSize() != UNKNOWN && start + size > disc.size()) {
      report.corruption(
          "volume descriptor of tree plain",
          primary.position(),
          "a volume that ends at " + (start + size) + " bytes",
          "no more than the " + disc.size() + " bytes of the image, which was cut short");
    }
  }
}
