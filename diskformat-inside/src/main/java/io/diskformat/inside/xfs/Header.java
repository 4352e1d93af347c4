package io.diskformat.inside.xfs;

/**
 * Where structures of version 5 have what they say of themselves.
 *
 * @param size in bytes
 * @param checksumAt where the checksum is
 * @param uuidAt where the UUID of the file system is
 * @param ownerAt where the number of the inode is, 64 bits
 */
record Header(int size, int checksumAt, int uuidAt, int ownerAt) {
  static final Header INODE = new Header(176, 0x64, 160, 152);
  static final Header EXTENTS = new Header(72, 64, 40, 56);
  static final Header DIRECTORY = new Header(64, 4, 24, 40);
  static final Header ATTRIBUTES = new Header(56, 12, 32, 48);

  /** Of what a symbolic link or the value of an attribute has in blocks. */
  static final Header CONTENT = new Header(56, 12, 16, 32);
}
