package io.diskformat.vdi;

import io.diskformat.MissingData;
import io.diskformat.ParentIdentity;
import io.diskformat.ProgressListener;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.maintenance.LayerCommit;
import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * Writes what an image holds to its parent.
 *
 * <p>A change gives the parent another modification UUID, so that no other image passes for a
 * difference to it any longer; but this image must, at every instant. So that UUID is one that
 * follows from this image's own and the parent's present one. It is recorded here first, then
 * there, and only then the parent is changed; and an image that names the one that would follow
 * next is a difference to its parent, too ({@link ParentIdentity}).
 */
final class VdiCommit {
  private VdiCommit() {}

  /**
   * Writes what an image holds to its parent, and makes that durable.
   *
   * @param storage of the image, whose header is up to date
   * @param parent opened for writing
   * @return the parts of it that the file was too short for
   */
  static List<MissingData> run(Storage storage, VdiImage parent, ProgressListener listener)
      throws IOException {
    VdiHeader header = VdiHeader.read(storage);
    UUID modification =
        ParentIdentity.modificationAfterCommit(header.uuid(), parent.header().modification());
    if (!header.parentModification().equals(Uuids.NONE)) {
      new HeaderFields(storage, header).parentModification(modification);
      storage.flush();
    }
    parent.beginChange(modification);
    LayeredDevice layer =
        new LayeredDevice(
            storage.name(), header.size(), BlockMap.readOnly(storage, header), storage, null);
    return LayerCommit.run(layer, parent, listener);
  }
}
