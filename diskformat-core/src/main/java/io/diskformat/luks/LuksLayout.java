package io.diskformat.luks;

/**
 * Where the fields of a header of version 1 are, as the document "LUKS On-Disk Format
 * Specification" has it. Numbers have their highest byte first.
 *
 * <pre>
 * offset  size  field                             offset  size  field
 *    0      6   mark, "LUKS" 0xba 0xbe              208   8*48  key slots
 *    6      2   version, 1                            0      4   0x00ac71f3 active, 0x0000dead not
 *    8     32   cipher, "aes"                         4      4   iterations
 *   40     32   mode, "xts-plain64"                   8     32   salt
 *   72     32   hash                                 40      4   where the key's material is
 *  104      4   where the data begins                44      4   stripes
 *  108      4   length of the key in bytes
 *  112     20   digest of the key                 texts are padded by zeroes, and where things are
 *  132     32   salt of that                      is in sectors of 512 bytes
 *  164      4   iterations of that
 *  168     40   UUID, as text
 * </pre>
 */
final class LuksLayout {
  static final long MAGIC = 0x4c554b53babeL;
  static final int VERSION = 6;
  static final int CIPHER = 8;
  static final int MODE = 40;
  static final int HASH = 72;
  static final int PAYLOAD = 104;
  static final int KEY_BYTES = 108;
  static final int DIGEST = 112;
  static final int DIGEST_SALT = 132;
  static final int DIGEST_ITERATIONS = 164;
  static final int UUID = 168;
  static final int SLOT_TABLE = 208;

  /** In bytes, up to the end of the key slots. */
  static final int LENGTH = 592;

  static final int NAME_LENGTH = 32;
  static final int UUID_LENGTH = 40;
  static final int DIGEST_LENGTH = 20;
  static final int SALT_LENGTH = 32;
  static final int SECTOR = 512;

  static final int SLOTS = 8;
  static final int SLOT_LENGTH = 48;
  static final int SLOT_ITERATIONS = 4;
  static final int SLOT_SALT = 8;
  static final int SLOT_MATERIAL = 40;
  static final int SLOT_STRIPES = 44;
  static final int ACTIVE = 0x00ac71f3;
  static final int INACTIVE = 0x0000dead;

  /** The number of stripes that every tool makes of a key. */
  static final int STRIPES = 4000;

  private LuksLayout() {}

  /** Returns where a key slot is, from the start of the header, in bytes. */
  static int slot(int index) {
    return SLOT_TABLE + index * SLOT_LENGTH;
  }
}
