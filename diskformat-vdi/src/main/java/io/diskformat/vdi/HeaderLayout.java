package io.diskformat.vdi;

import org.jspecify.annotations.Nullable;

/**
 * Where the fields of a header are in the file, which depends on its version. VirtualBox's
 * VDICore.h specifies them. Numbers have their lowest byte first.
 *
 * <pre>
 * preheader                          header
 * offset  size  field                1.x: offset size    0: offset size  field
 *   0      64   text, for people       72     4                          size of the header
 *  64       4   mark, 0xbeda107f       76     4         72     4         type ({@link ImageType})
 *  68       4   version: 0x00010001    80     4         76     4         flags: bit 0, zero-expand
 *               or 0x00000002          84   256         80   256         comment
 *                                     340     4                          where the block map is
 *                                     344     4                          where data begins
 *                                     348    12        336    12         cylinders, heads, sectors
 *                                     360     4        348     4         sector size, 512 or 0
 *                                     364     4                          unused
 *                                     368     8        352     8         disk size
 *                                     376     4        360     4         block size
 *                                     380     4                          extra before each block
 *                                     384     4        364     4         blocks of the disk
 *                                     388     4        368     4         blocks that are allocated
 *                                     392    16        372    16         UUID of the image
 *                                     408    16        388    16         UUID of its modification
 *                                     424    16        404    16         UUID of the parent
 *                                     440    16                          and of its modification
 *                                     456    16                          logical geometry, if the
 *                                                                        header's size is 400
 * </pre>
 *
 * In version 0 the block map follows the header at 420, and data the map. Blocks are as {@link
 * BlockMap} says.
 */
enum HeaderLayout {
  VERSION_0(72, 76, -1, -1, 348, 352, 360, -1, 364, 368, 372, 388, 404, -1, 420),
  VERSION_1(76, 80, 340, 344, 360, 368, 376, 380, 384, 388, 392, 408, 424, 440, 456);

  /** The number of the version that is written. */
  static final int NUMBER_1_1 = 0x0001_0001;

  /** The number of version 0. */
  static final int NUMBER_0 = 2;

  static final int MARK = 64;
  static final int VERSION = 68;

  /** The end of the preheader, which is the same in all versions. */
  static final int PREHEADER_END = 72;

  /** Where version 1 says how long the header is, the preheader not included. */
  static final int HEADER_SIZE = 72;

  final int type;
  final int flags;

  /** Only in version 1, like all that is at -1 in the other. */
  final int mapPosition;

  final int dataPosition;
  final int sectorSize;
  final int diskSize;
  final int blockSize;
  final int blockExtra;
  final int blocks;
  final int allocated;
  final int uuid;
  final int modification;
  final int parent;
  final int parentModification;

  /** Where the shortest header of this version ends. */
  final int end;

  HeaderLayout(
      int type,
      int flags,
      int mapPosition,
      int dataPosition,
      int sectorSize,
      int diskSize,
      int blockSize,
      int blockExtra,
      int blocks,
      int allocated,
      int uuid,
      int modification,
      int parent,
      int parentModification,
      int end) {
    this.type = type;
    this.flags = flags;
    this.mapPosition = mapPosition;
    this.dataPosition = dataPosition;
    this.sectorSize = sectorSize;
    this.diskSize = diskSize;
    this.blockSize = blockSize;
    this.blockExtra = blockExtra;
    this.blocks = blocks;
    this.allocated = allocated;
    this.uuid = uuid;
    this.modification = modification;
    this.parent = parent;
    this.parentModification = parentModification;
    this.end = end;
  }

  /** Returns the layout of a version, or null if none is known. */
  static @Nullable HeaderLayout of(int version) {
    if (version == NUMBER_0) {
      return VERSION_0;
    }
    return version >>> 16 == 1 ? VERSION_1 : null;
  }
}
