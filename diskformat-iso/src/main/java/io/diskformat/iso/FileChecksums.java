package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The MD5 checksums that libisofs records of each file, and their check. An attribute of the root
 * says where they are, and one of each file which is its own; a checksum is that of what is stored,
 * which zisofs may have compressed.
 *
 * <pre>
 * attribute of the root                       checksums, of 16 bytes each
 *  0  5  4, and the sector of the session      0  of the session
 *  5  5  4, and that of the checksums          1  of the first file, and so on
 * 10  5  4, and how many these are             last  of all that precede it
 * 15  2  1, and 16
 * 17  3  "MD5"
 * </pre>
 */
final class FileChecksums {
  private static final int MD5 = 16;
  private static final int LENGTH = 20;

  private final DeviceBytes disc;
  private final CheckReport.Builder report;
  private final long position;
  private final int count;
  private final BitSet checked = new BitSet();

  /**
   * How many bytes of files may still be read: many names of a small disc may share its content.
   */
  private long budget;

  private FileChecksums(DeviceBytes disc, CheckReport.Builder report, long position, int count) {
    this.disc = disc;
    this.report = report;
    this.position = position;
    this.count = count;
    this.budget = 2 * disc.size();
  }

  /**
   * Returns the checksums of a tree, which are checked themselves first; empty if there are none.
   */
  static Optional<FileChecksums> of(DeviceBytes disc, IsoDirectory root, CheckReport.Builder report)
      throws IOException {
    Optional<byte[]> attribute = root.attribute(AttributeList.CHECKSUMS);
    if (attribute.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer fields = ByteBuffer.wrap(attribute.get()).order(ByteOrder.BIG_ENDIAN);
    if (!isKnown(fields)) {
      // A later session may add others.
      return Optional.empty();
    }
    long position = Integer.toUnsignedLong(fields.getInt(6)) * Disc.SECTOR;
    long count = Integer.toUnsignedLong(fields.getInt(11));
    if (count < 2 || count * MD5 > disc.size() - position || count > Integer.MAX_VALUE / MD5) {
      report.corruption(
          "checksums of files",
          -1,
          count + " at " + position,
          "a range of the image, of " + disc.size() + " bytes");
      return Optional.empty();
    }
    FileChecksums checksums = new FileChecksums(disc, report, position, (int) count);
    return checksums.areSound() ? Optional.of(checksums) : Optional.empty();
  }

  private static boolean isKnown(ByteBuffer fields) {
    ByteBuffer tail = ByteBuffer.wrap(new byte[] {1, MD5, 'M', 'D', '5'});
    return fields.capacity() == LENGTH
        && fields.get(0) == 4
        && fields.get(5) == 4
        && fields.get(10) == 4
        && tail.equals(fields.slice(15, LENGTH - 15));
  }

  private boolean areSound() throws IOException {
    long last = position + (long) (count - 1) * MD5;
    MessageDigest digest = MediumChecksums.md5();
    MediumChecksums.update(digest, disc.device(), position, last);
    return isSame("checksums of files", last, digest);
  }

  private boolean isSame(String structure, long at, MessageDigest digest) throws IOException {
    byte[] recorded = new byte[MD5];
    disc.read(at, MD5, "checksum").get(0, recorded);
    byte[] found = digest.digest();
    if (Arrays.equals(recorded, found)) {
      return true;
    }
    report.corruption(
        structure,
        at,
        HexFormat.of().formatHex(recorded),
        HexFormat.of().formatHex(found) + ", that of what is there");
    return false;
  }

  /** Checks a file, if it has a checksum; what several names have in common, once. */
  void check(String name, IsoFile file) throws IOException {
    Optional<byte[]> attribute = file.attribute(AttributeList.CHECKSUM_INDEX);
    if (attribute.isEmpty() || attribute.get().length != 4) {
      return;
    }
    long index = Integer.toUnsignedLong(ByteBuffer.wrap(attribute.get()).getInt());
    // The first and the last are not those of files.
    if (index == 0 || index >= count - 1) {
      report.corruption(name, -1, "checksum number " + index, "one of the " + (count - 2));
      return;
    }
    if (checked.get((int) index) || budget < 0) {
      return;
    }
    checked.set((int) index);
    BlockDevice stored = file.storedContent();
    budget -= stored.size();
    if (budget < 0) {
      report.corruption(
          "checksums of files", position, "of more than twice the image", "of as much as it has");
      return;
    }
    MessageDigest digest = MediumChecksums.md5();
    MediumChecksums.update(digest, stored, 0, stored.size());
    var _ = isSame("checksum of " + name, position + index * MD5, digest);
  }
}
