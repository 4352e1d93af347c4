package io.diskformat.qcow2;

/**
 * Where the fields of the header are in the file. Section "Header" of the specification. Numbers
 * have their highest byte first.
 *
 * <pre>
 * offset  size  field
 *    0      4   mark, "QFI" and 0xfb
 *    4      4   version, 2 or 3
 *    8      8   where the backing file's name is, or 0 if there is none
 *   16      4   how many bytes that has, at most 1023
 *   20      4   log2 of the cluster size, 9 to 21
 *   24      8   disk size
 *   32      4   encryption: 0 none, 1 AES, 2 LUKS
 *   36      4   how many entries the L1 table has
 *   40      8   where the L1 table is
 *   48      8   where the refcount table is
 *   56      4   how many clusters that has
 *   60      4   how many snapshots there are
 *   64      8   where the snapshot table is
 *               --- the end of version 2, whose extensions follow
 *   72      8   incompatible features: with an unknown one, the image must not be opened
 *   80      8   compatible features: an unknown one may be ignored
 *   88      8   autoclear features: the first write clears an unknown one
 *   96      4   log2 of the width of a refcount in bits; 4 in version 2
 *  100      4   length of the header, after which its extensions follow
 *  104      1   compression type: 0 zlib, 1 zstd; 0 if the header ends before it
 *  105      7   padding
 *
 * after it, all in the first cluster: {@link HeaderExtensions}, and the backing file's name
 *
 * bit          0                   1                 2              3                 4
 * incompatible refcounts may be    image is          data is in a   compression type  L2 entries
 *              wrong (dirty)       corrupt           file of its own is not zlib      are extended
 * compatible   refcounts are
 *              written lazily
 * autoclear    bitmaps agree with  the data file is
 *              the data            a raw image
 * </pre>
 */
final class HeaderLayout {
  static final int MARK = 0;
  static final int VERSION = 4;
  static final int BACKING_NAME = 8;
  static final int BACKING_NAME_LENGTH = 16;
  static final int CLUSTER_BITS = 20;
  static final int DISK_SIZE = 24;
  static final int ENCRYPTION = 32;
  static final int L1_ENTRIES = 36;
  static final int L1_TABLE = 40;
  static final int REFCOUNT_TABLE = 48;
  static final int REFCOUNT_TABLE_CLUSTERS = 56;
  static final int SNAPSHOTS = 60;
  static final int SNAPSHOT_TABLE = 64;
  static final int VERSION_2_END = 72;
  static final int INCOMPATIBLE = 72;
  static final int COMPATIBLE = 80;
  static final int AUTOCLEAR = 88;
  static final int REFCOUNT_ORDER = 96;
  static final int LENGTH = 100;

  /** The least length of a header of version 3, in bytes. */
  static final int VERSION_3_END = 104;

  static final int COMPRESSION_TYPE = 104;

  /** The end of the last field that the specification has. */
  static final int END = 112;

  private HeaderLayout() {}
}
