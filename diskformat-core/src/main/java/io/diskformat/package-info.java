/**
 * Disk images as random-access block devices.
 *
 * <p>{@link io.diskformat.DiskImages} is the entry point: it opens, creates and maintains images of
 * any installed format. An open image is a {@link io.diskformat.DiskImage}, which is a {@link
 * io.diskformat.BlockDevice}. Offsets and lengths are always in bytes, of any alignment.
 *
 * <p>A malformed, unsupported or locked image leads to a {@link io.diskformat.DiskFormatException};
 * a failure of the host (a full disk, a file cut short underneath) to another {@link
 * java.io.IOException}; and a wrong argument to an unchecked exception.
 */
@NullMarked
package io.diskformat;

import org.jspecify.annotations.NullMarked;
