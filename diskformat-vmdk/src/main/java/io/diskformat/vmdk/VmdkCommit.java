package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.maintenance.LayerCommit;
import java.io.IOException;
import java.util.List;

/**
 * Writes what an image holds to its parent.
 *
 * <p>A change gives the parent another CID, so that no other image passes for a difference to it
 * any longer; but this image must, at every instant. No two files change at once, so there are
 * three steps, each durable before the next:
 *
 * <pre>
 *                    image                                parent
 * before             parentCID=old                        CID=old
 * the coming one     parentCID=old, committed = "new"     CID=old
 * the parent's       parentCID=old, committed = "new"     CID=new
 * afterwards         parentCID=new                        CID=new
 * </pre>
 *
 * <p>Only then data is written. Between the last two steps only this library takes the one for the
 * parent of the other ({@link VmdkParent}); whoever writes the image next, or commits it again,
 * makes the last step. The number is a random one each time, so that none which somebody else may
 * have kept, in a copy of the image, is ever used again.
 */
final class VmdkCommit {
  private VmdkCommit() {}

  /**
   * Writes what an image holds to its parent, and makes that durable.
   *
   * @param place of the image's descriptor
   * @param layer the image alone, without its parent
   * @param parent opened for writing
   * @return the parts of it that the files were too short for
   */
  static List<MissingData> run(
      DescriptorPlace place, BlockDevice layer, VmdkImage parent, ProgressListener listener)
      throws IOException {
    long cid = ContentId.random();
    DescriptorEdit coming = new DescriptorEdit(place.read());
    coming.parent(parent.descriptor().contentId());
    coming.add(Descriptor.COMING_PARENT, ContentId.hex(cid));
    place.replace(coming.bytes());
    parent.beginChange(cid);
    DescriptorEdit changed = new DescriptorEdit(place.read());
    changed.parent(cid);
    place.replace(changed.bytes());
    return LayerCommit.run(layer, parent, listener);
  }
}
