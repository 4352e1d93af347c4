/**
 * Disk images as random-access block devices.
 *
 * <p>{@link io.diskformat.DiskImages} is the way in: it opens or creates an image of any installed
 * format. What it opens is a {@link io.diskformat.DiskImage}, which is a {@link
 * io.diskformat.BlockDevice}: offsets and lengths are bytes, always, and of any alignment.
 *
 * <p>Every failure to make sense of an image is a {@link io.diskformat.DiskFormatException}; every
 * failure of the host (a full disk, a file cut short underneath) is another {@link
 * java.io.IOException}; wrong arguments are unchecked exceptions.
 */
@NullMarked
package io.diskformat;

import org.jspecify.annotations.NullMarked;
