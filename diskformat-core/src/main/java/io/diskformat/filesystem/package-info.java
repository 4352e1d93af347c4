/**
 * Trees of files inside disks. A file system is read by its {@link
 * io.diskformat.filesystem.FileTreeFormat}, from any block device; over each of them stands one
 * provider for {@code java.nio.file}, which changes them where there is a {@link
 * io.diskformat.filesystem.FileTreeEdit}. {@link io.diskformat.filesystem.DiskFileSystems} is the
 * way in.
 */
@NullMarked
package io.diskformat.filesystem;

import org.jspecify.annotations.NullMarked;
