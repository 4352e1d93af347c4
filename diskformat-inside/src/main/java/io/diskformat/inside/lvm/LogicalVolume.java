package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;

/**
 * A logical volume.
 *
 * @param group the name of its group; if there are several groups of that name, the identifier
 * @param name in its group
 * @param problem why it cannot be read, in a few words, or nothing
 * @param hasSnapshot whether a snapshot has all of its content but what changed since: who changes
 *     this without LVM changes the snapshot as well
 * @param isReadOnly whether LVM lets nobody write it
 * @param isShared whether several systems use its group at once: who changes this without their
 *     locks changes it under them
 * @param device its bytes; reading them fails if there is a problem
 */
public record LogicalVolume(
    String group,
    String name,
    String problem,
    boolean hasSnapshot,
    boolean isReadOnly,
    boolean isShared,
    BlockDevice device) {}
