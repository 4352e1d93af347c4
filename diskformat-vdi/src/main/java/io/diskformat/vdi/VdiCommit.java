package io.diskformat.vdi;

import io.diskformat.ProgressListener;
import io.diskformat.spi.LayerCommit;
import io.diskformat.spi.LayeredDevice;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Writes what an image holds to its parent.
 *
 * <p>A change gives the parent another modification UUID, so that no other image passes for a
 * difference to it any longer; but this image must, at every instant. So that UUID is one that
 * follows from this image's own and the parent's present one. It is recorded here first, then
 * there, and only then the parent is changed; and an image that names the one that would follow
 * next is a difference to its parent, too.
 */
final class VdiCommit {
  private VdiCommit() {}

  /**
   * Writes what an image holds to its parent, and makes that durable.
   *
   * @param storage of the image, whose header is up to date
   * @param parent opened for writing
   */
  static void run(Storage storage, VdiImage parent, ProgressListener listener) throws IOException {
    VdiHeader header = VdiHeader.read(storage);
    UUID modification = modification(header.uuid(), parent.header().modification());
    if (!header.parentModification().equals(Uuids.NONE)) {
      new HeaderFields(storage, header).parentModification(modification);
      storage.flush();
    }
    parent.beginChange(modification);
    LayeredDevice layer =
        new LayeredDevice(
            storage.name(), header.size(), BlockMap.readOnly(storage, header), storage, null);
    LayerCommit.run(layer, parent, listener);
  }

  /**
   * Returns the modification UUID that a parent gets by a commit.
   *
   * @param child the UUID of the image that is committed
   * @param before the parent's modification UUID before that
   */
  static UUID modification(UUID child, UUID before) {
    ByteBuffer name = ByteBuffer.allocate(4 * Long.BYTES);
    name.putLong(child.getMostSignificantBits()).putLong(child.getLeastSignificantBits());
    name.putLong(before.getMostSignificantBits()).putLong(before.getLeastSignificantBits());
    return UUID.nameUUIDFromBytes(name.array());
  }
}
