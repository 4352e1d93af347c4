package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.inside.content.Content;
import io.diskformat.inspect.Partition;
import java.util.Optional;

/**
 * A volume, which may hold a file system: a disk without partitions, a partition, or a logical
 * volume. Immutable.
 *
 * @param name as Linux has it in a guest with no other disks: {@code /dev/sda1}, {@code
 *     /dev/vg/root}
 * @param kind what it is
 * @param parent the name of what it is on: of a partition, its disk; of a logical volume, its
 *     group; empty for a disk
 * @param partition of a partition, what its table says
 * @param content what it holds
 * @param problem why it cannot be read, in a few words; or nothing
 * @param device its bytes, which can be hashed, compared and converted as those of any disk; of use
 *     as long as the disk's image is open
 */
public record Volume(
    String name,
    Kind kind,
    String parent,
    Optional<Partition> partition,
    Content content,
    String problem,
    BlockDevice device) {

  /** The kinds of volumes. */
  public enum Kind {
    /** A disk without partitions, or a disc with some, which is one as a whole. */
    DISK,
    /** A partition of a disk. */
    PARTITION,
    /** A logical volume of LVM. */
    LOGICAL
  }
}
