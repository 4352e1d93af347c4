package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import io.diskformat.spi.TextField;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * A volume descriptor: one sector that says where a tree of directories begins, and whose volume it
 * is of. Those of a disc stand one after the other from sector 16 on.
 *
 * <pre>
 * offset  size  field
 *    0      1   type: 0 boot record, 1 primary, 2 supplementary, 3 partition, 255 the last
 *    1      5   mark, "CD001"
 *    6      1   version: 1; 2 is a supplementary one of ISO 9660:1999
 *    8     32   system
 *   40     32   label of the volume
 *   80      8   size of the volume in blocks, in both byte orders
 *   88     32   escape sequences: "%/@", "%/C" or "%/E" is Joliet
 *  128      4   block size in bytes, in both byte orders: 512, 1024 or 2048
 *  132      8   size of the path table, in both byte orders
 *  140     16   where path tables are, which nobody needs
 *  156     34   {@link DirectoryRecord} of the root
 *  190    128   volume set
 *  318    128   publisher
 *  446    128   who prepared it
 *  574    128   application
 *  813     17   created; then modified, expires, effective ({@link DiscTime})
 * </pre>
 *
 * <p>The size of the volume is not looked at: 0 and all ones both occur.
 *
 * @param kind of the tree
 * @param position where the descriptor is
 * @param bytes of its sector
 * @param blockSize in bytes
 */
record VolumeDescriptor(TreeKind kind, long position, ByteBuffer bytes, int blockSize) {
  static final long FIRST = 16L * Disc.SECTOR;
  static final String MARK = "CD001";
  static final int MARK_AT = 1;

  static final int TYPE_BOOT = 0;
  static final int TYPE_PRIMARY = 1;
  static final int TYPE_SUPPLEMENTARY = 2;
  static final int TYPE_LAST = 255;

  static final int LABEL = 40;
  private static final int VERSION = 6;
  private static final int SYSTEM = 8;
  private static final int IDENTIFIER_SIZE = 32;
  static final int VOLUME_SIZE = 80;
  private static final int ESCAPES = 88;
  private static final int BLOCK_SIZE = 128;
  private static final int ROOT = 156;
  private static final int VOLUME_SET = 190;
  private static final int PUBLISHER = 318;
  private static final int PREPARER = 446;
  private static final int APPLICATION = 574;
  private static final int LONG_IDENTIFIER_SIZE = 128;
  private static final int CREATED = 813;
  private static final int MODIFIED = 830;

  /**
   * Reads a descriptor that a tree begins at.
   *
   * @throws CorruptImageException if its block size is none
   */
  static VolumeDescriptor of(DeviceBytes disc, long position, ByteBuffer bytes)
      throws CorruptImageException {
    int blockSize = Short.toUnsignedInt(bytes.getShort(BLOCK_SIZE));
    if (blockSize != 512 && blockSize != 1024 && blockSize != 2048) {
      throw disc.corrupt("volume descriptor", position, "a block size of " + blockSize + " bytes");
    }
    return new VolumeDescriptor(kindOf(bytes), position, bytes, blockSize);
  }

  private static TreeKind kindOf(ByteBuffer bytes) {
    if (bytes.get(0) == TYPE_PRIMARY) {
      return TreeKind.PLAIN;
    }
    boolean joliet =
        bytes.get(ESCAPES) == '%'
            && bytes.get(ESCAPES + 1) == '/'
            && "@CE".indexOf(bytes.get(ESCAPES + 2)) >= 0;
    return joliet ? TreeKind.JOLIET : TreeKind.ENHANCED;
  }

  /** Returns whether the sector is a descriptor. */
  static boolean isMarked(ByteBuffer bytes) {
    for (int i = 0; i < MARK.length(); i++) {
      if (bytes.get(MARK_AT + i) != MARK.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether a supplementary descriptor is Joliet's, or of ISO 9660:1999. */
  static boolean isTree(ByteBuffer bytes) {
    int type = Byte.toUnsignedInt(bytes.get(0));
    return type == TYPE_PRIMARY
        || (type == TYPE_SUPPLEMENTARY
            && (kindOf(bytes) == TreeKind.JOLIET || bytes.get(VERSION) == 2));
  }

  /** Returns the record of the root directory. Some say that it is longer than there is room. */
  DirectoryRecord root(DeviceBytes disc) throws CorruptImageException {
    return DirectoryRecord.read(disc, bytes, ROOT, position + ROOT);
  }

  /** Returns the size of the volume as it is recorded, in bytes. */
  long volumeSize() {
    return Integer.toUnsignedLong(bytes.getInt(VOLUME_SIZE)) * blockSize;
  }

  String label() {
    return text(LABEL, IDENTIFIER_SIZE);
  }

  String system() {
    return text(SYSTEM, IDENTIFIER_SIZE);
  }

  String volumeSet() {
    return text(VOLUME_SET, LONG_IDENTIFIER_SIZE);
  }

  String publisher() {
    return text(PUBLISHER, LONG_IDENTIFIER_SIZE);
  }

  String preparer() {
    return text(PREPARER, LONG_IDENTIFIER_SIZE);
  }

  String application() {
    return text(APPLICATION, LONG_IDENTIFIER_SIZE);
  }

  /** Returns when the volume was created, as people read it; or nothing. */
  String created() {
    return DiscTime.ofDigits(bytes, CREATED).map(Object::toString).orElse("");
  }

  /** Returns when the volume was modified, as people read it; or nothing. */
  String modified() {
    return DiscTime.ofDigits(bytes, MODIFIED).map(Object::toString).orElse("");
  }

  /** Fields are filled up with spaces, and by some with NULs. Nothing that is not printed is. */
  private String text(int offset, int length) {
    Charset charset =
        kind == TreeKind.JOLIET ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1;
    return TextField.read(bytes, offset, length, charset)
        .replaceAll("\\p{Cntrl}", "\ufffd")
        .strip();
  }
}
