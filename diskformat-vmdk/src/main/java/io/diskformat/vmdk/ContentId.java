package io.diskformat.vmdk;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The CID of a disk's content, by which children recognize their parent. It is replaced before the
 * first change after the image was opened, so that no image passes for a child of it any longer.
 * With it, the longContentID is replaced, and the name of a file that tracks changes removed.
 * Thread-safe.
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

  /** Gives the disk another CID, unless that was done. */
  void beforeChange() throws IOException {
    if (!changed) {
      change(random());
    }
  }

  /** Gives the disk a given CID, unless it got another one since it was opened. */
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

  /** Returns how a descriptor spells a CID. */
  static String hex(long cid) {
    return HEX_32.formatted(cid);
  }

  /** Returns a random CID, none of those with another meaning. */
  static long random() {
    return ThreadLocalRandom.current().nextLong(1, Descriptor.IN_LONG_ID);
  }
}
