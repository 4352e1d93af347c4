package io.diskformat.vmdk;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The number of a disk's content, by which children know their parent: it changes before the first
 * change after the image was opened, so that no image passes for a child of it any longer. What
 * else of the descriptor says what the disk held goes at the same time: the longer number changes,
 * and the file in which somebody tracked changes is no longer named. Thread-safe.
 */
final class ContentId {
  private static final String HEX_32 = "%08x";

  private final DescriptorPlace place;
  private final OptionalLong parent;
  private volatile boolean changed;

  /**
   * Creates the number of a disk.
   *
   * @param parent that of its parent's content, if it is known; if a commit to that was cut off,
   *     the descriptor names it at last, together with the first change
   */
  ContentId(DescriptorPlace place, OptionalLong parent) {
    this.place = place;
    this.parent = parent;
  }

  /** Gives the disk another number, unless that was done. */
  void beforeChange() throws IOException {
    if (!changed) {
      change(random());
    }
  }

  /** Gives the disk a number, unless it has another one since it was opened. */
  synchronized void change(long cid) throws IOException {
    if (changed) {
      return;
    }
    byte[] text = place.read();
    DescriptorEdit edit = new DescriptorEdit(text);
    Descriptor descriptor = DescriptorParser.parse("", text);
    if (descriptor.cid() != Descriptor.IN_LONG_ID || descriptor.longContentId().isEmpty()) {
      edit.set("cid", HEX_32.formatted(cid));
    }
    edit.set("ddb.longcontentid", longId(cid));
    edit.removeChangeTracking();
    if (descriptor.comingParentCid().isPresent() && parent.isPresent()) {
      edit.parent(parent.getAsLong());
    }
    place.replace(edit.bytes());
    changed = true;
  }

  private static String longId(long cid) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return "%016x".formatted(random.nextLong())
        + HEX_32.formatted(random.nextInt())
        + HEX_32.formatted(cid);
  }

  /** Returns how a descriptor spells a number of a content. */
  static String hex(long cid) {
    return HEX_32.formatted(cid);
  }

  /** Returns a number for a content, none of those that mean something else. */
  static long random() {
    return ThreadLocalRandom.current().nextLong(1, Descriptor.IN_LONG_ID);
  }
}
