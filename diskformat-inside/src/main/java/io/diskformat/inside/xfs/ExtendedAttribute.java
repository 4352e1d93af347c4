package io.diskformat.inside.xfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of an extended attribute, and how Linux shows it.
 *
 * @param flags its name space, and what it is
 * @param name without that
 */
record ExtendedAttribute(int flags, String name) {
  static final int LOCAL = 1;
  private static final int ROOT = 2;
  private static final int SECURE = 4;
  private static final int PARENT = 8;
  private static final int INCOMPLETE = 0x80;
  private static final String ACCESS_LIST = "SGI_ACL_FILE";
  private static final String DEFAULT_ACCESS_LIST = "SGI_ACL_DEFAULT";
  private static final int ACCESS_ENTRY = 12;

  /** Reads the name of one. */
  static ExtendedAttribute of(int flags, ByteBuffer bytes, int at, int length) {
    byte[] name = new byte[length];
    bytes.get(at, name);
    return new ExtendedAttribute(flags, new String(name, StandardCharsets.UTF_8));
  }

  /** Returns whether nobody but the file system is to see it. */
  boolean isHidden() {
    return (flags & (PARENT | INCOMPLETE)) != 0;
  }

  private boolean isAccessList() {
    return (flags & ROOT) != 0 && (name.equals(ACCESS_LIST) || name.equals(DEFAULT_ACCESS_LIST));
  }

  /** Returns the name with its name space. */
  String shownName() {
    if (isAccessList()) {
      return "system.posix_acl_" + (name.equals(ACCESS_LIST) ? "access" : "default");
    }
    if ((flags & ROOT) != 0) {
      return "trusted." + name;
    }
    return ((flags & SECURE) != 0 ? "security." : "user.") + name;
  }

  /**
   * Returns a value as Linux shows it. Lists of who may do what are stored in another form: how
   * many entries, and for each, in 32 bits, a tag and a number, and permissions in 16 of 32 bits.
   */
  byte[] shownValue(byte[] stored) {
    ByteBuffer from = ByteBuffer.wrap(stored);
    if (!isAccessList() || stored.length < Integer.BYTES) {
      return stored;
    }
    long entries = Integer.toUnsignedLong(from.getInt());
    if (entries > from.remaining() / ACCESS_ENTRY) {
      return stored;
    }
    ByteBuffer to = ByteBuffer.allocate(stored.length).order(ByteOrder.LITTLE_ENDIAN);
    to.putInt(2);
    for (long i = 0; i < entries; i++) {
      int tag = from.getInt();
      int number = from.getInt();
      short permissions = from.getShort();
      short _ = from.getShort();
      boolean numbered = tag == 2 || tag == 8;
      to.putShort((short) tag).putShort(permissions).putInt(numbered ? number : -1);
    }
    return Arrays.copyOf(to.array(), to.position());
  }
}
