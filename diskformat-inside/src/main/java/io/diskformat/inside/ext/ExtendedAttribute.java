package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * An extended attribute, as its entry has it. Numbers have their lowest byte first.
 *
 * <pre>
 * 0  length of the name
 * 1  name space, a number
 * 2  where the value is, 16 bits; from where that counts depends on where the entry is
 * 4  inode that the value is the content of, 32 bits; or 0
 * 8  size of the value, 32 bits
 * C  hash, 32 bits
 * 10  name, filled up to a multiple of 4
 * </pre>
 *
 * @param space the number of its name space
 * @param name without that
 * @param inode that the value is the content of, or 0
 * @param size of the value, in bytes
 * @param container what the entry is in, and the value, if it is in no inode of its own
 * @param entryAt where in there the entry is
 * @param valueAt where in there
 * @param position where the value is on the device, in bytes
 */
record ExtendedAttribute(
    int space,
    String name,
    long inode,
    int size,
    ByteBuffer container,
    int entryAt,
    int valueAt,
    long position) {
  static final int HEADER = 16;
  static final int HASH_AT = 12;
  private static final int NAME_SHIFT = 5;
  private static final int VALUE_SHIFT = 16;
  private static final int SYSTEM = 7;
  private static final int ENCRYPTION = 9;
  private static final String INLINE_DATA = "data";

  /** The name spaces, by their numbers. */
  private static final String[] SPACES = {
    "",
    "user.",
    "system.posix_acl_access",
    "system.posix_acl_default",
    "trusted.",
    "lustre.",
    "security.",
    "system.",
    "system.richacl"
  };

  /** Returns whether the value is content of the file. */
  boolean isInlineData() {
    return space == SYSTEM && name.equals(INLINE_DATA);
  }

  /** Returns whether the value is a list of who may do what. */
  boolean isAccessList() {
    return space == 2 || space == 3;
  }

  /** Returns the name with its name space, or empty if nobody but the file system is to see it. */
  Optional<String> shownName() {
    if (isInlineData() || space == ENCRYPTION) {
      return Optional.empty();
    }
    return Optional.of((space < SPACES.length ? SPACES[space] : space + ".") + name);
  }

  /** Returns the value, if it is in no inode of its own. */
  byte[] value() {
    byte[] value = new byte[size];
    container.get(valueAt, value);
    return value;
  }

  /** Records the hash of the name and the value, which the container has been given. */
  void hash() {
    int hash = 0;
    int nameLength = Byte.toUnsignedInt(container.get(entryAt));
    for (int i = 0; i < nameLength; i++) {
      int character = Byte.toUnsignedInt(container.get(entryAt + HEADER + i));
      hash = Integer.rotateLeft(hash, NAME_SHIFT) ^ character;
    }
    for (int at = valueAt; at < valueAt + size; at += Integer.BYTES) {
      hash = Integer.rotateLeft(hash, VALUE_SHIFT) ^ word(at);
    }
    container.putInt(entryAt + HASH_AT, hash);
  }

  /** Returns four bytes of the value, fewer at the end of the container. */
  private int word(int at) {
    int word = 0;
    for (int i = 0; i < Integer.BYTES && at + i < container.capacity(); i++) {
      word |= Byte.toUnsignedInt(container.get(at + i)) << (i * Byte.SIZE);
    }
    return word;
  }

  /** Returns the text of a name. */
  static String text(ByteBuffer bytes, int at, int length) {
    byte[] name = new byte[length];
    bytes.get(at, name);
    return new String(name, StandardCharsets.UTF_8);
  }

  /**
   * Returns a list of who may do what as Linux shows it. It is stored in a form that leaves out the
   * numbers that mean nothing.
   *
   * @param stored entries of 4 bytes, a tag and permissions, or of 8, with a number; after a
   *     version
   */
  static byte[] shownAccessList(byte[] stored) {
    if (stored.length < Integer.BYTES) {
      return stored;
    }
    ByteBuffer from = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = ByteBuffer.allocate(stored.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    if (from.getInt() != 1) {
      return stored;
    }
    to.putInt(2);
    while (from.remaining() >= Integer.BYTES) {
      short tag = from.getShort();
      short permissions = from.getShort();
      boolean numbered = tag == 2 || tag == 8;
      if (numbered && from.remaining() < Integer.BYTES) {
        return stored;
      }
      to.putShort(tag).putShort(permissions).putInt(numbered ? from.getInt() : -1);
    }
    return Arrays.copyOf(to.array(), to.position());
  }
}
