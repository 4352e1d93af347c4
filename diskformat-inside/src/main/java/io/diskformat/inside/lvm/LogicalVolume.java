package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;

/**
 * A logical volume.
 *
 * @param group the name of its group; if there are several groups of that name, the identifier
 * @param name in its group
 * @param problem why it cannot be read, in a few words, or nothing
 * @param device its bytes; reading them fails if there is a problem
 */
public record LogicalVolume(String group, String name, String problem, BlockDevice device) {}
