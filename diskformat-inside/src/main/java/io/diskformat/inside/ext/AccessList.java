package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A list of who may do what with a file. Numbers have their lowest byte first.
 *
 * <pre>
 * 0  version, 32 bits: 1
 * 4  entries: whom it is about, 16 bits; what they may do, 16 bits; of a user or a group that is
 *    named, its number, 32 bits
 * </pre>
 */
final class AccessList {
  private static final int VERSION = 1;
  private static final int OWNER = 1;
  private static final int USER = 2;
  private static final int OWNING_GROUP = 4;
  private static final int GROUP = 8;
  private static final int MASK = 0x10;
  private static final int OTHERS = 0x20;
  private static final int SHORT_ENTRY = 4;
  private static final int LONG_ENTRY = 8;
  private static final int ALL = 7;

  private final ByteBuffer bytes;

  /** Where the entries are of those whom permissions are about; -1 if there is none. */
  private int owner = -1;

  private int group = -1;
  private int mask = -1;
  private int others = -1;

  private boolean hasNames;

  private AccessList(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /**
   * Returns a list, or null if it makes no sense.
   *
   * @param bytes changed in place
   */
  static @Nullable AccessList of(ByteBuffer bytes) {
    AccessList list = new AccessList(bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
    return list.read() ? list : null;
  }

  private boolean read() {
    if (bytes.capacity() < SHORT_ENTRY || bytes.getInt(0) != VERSION) {
      return false;
    }
    for (int at = SHORT_ENTRY; at < bytes.capacity(); ) {
      int tag = bytes.capacity() - at < SHORT_ENTRY ? 0 : bytes.getShort(at);
      int length = tag == USER || tag == GROUP ? LONG_ENTRY : SHORT_ENTRY;
      if (tag == 0 || bytes.capacity() - at < length) {
        return false;
      }
      switch (tag) {
        case OWNER -> owner = at;
        case OWNING_GROUP -> group = at;
        case MASK -> mask = at;
        case OTHERS -> others = at;
        default -> hasNames |= length == LONG_ENTRY;
      }
      at += length;
    }
    return true;
  }

  /** Returns whether permissions do not say all of it. */
  boolean saysMore() {
    return hasNames || mask >= 0;
  }

  /** What a group may do is what the mask says, if there is one. */
  private int groups() {
    return mask >= 0 ? mask : group;
  }

  private void set(int at, int permissions) {
    if (at >= 0) {
      bytes.putShort(at + 2, (short) (permissions & ALL));
    }
  }

  /** Makes it say what permissions say. */
  void set(int permissions) {
    set(owner, permissions >>> 6);
    set(groups(), permissions >>> 3);
    set(others, permissions);
  }

  private int permissions(int at) {
    return at < 0 ? ALL : bytes.getShort(at + 2) & ALL;
  }

  /**
   * Makes it allow no more than permissions do, and returns what both allow.
   *
   * @param permissions 9 bits
   */
  int restrict(int permissions) {
    int allowed =
        permissions & (permissions(owner) << 6 | permissions(groups()) << 3 | permissions(others));
    set(allowed);
    return allowed;
  }
}
