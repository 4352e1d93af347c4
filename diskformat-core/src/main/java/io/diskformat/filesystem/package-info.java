/**
 * Trees of files inside disks. A file system is read by its {@link
 * io.diskformat.filesystem.FileTreeFormat}, from any block device; over each of them stands one
 * read-only provider for {@code java.nio.file}. {@link io.diskformat.filesystem.DiskFileSystems} is
 * the way in.
 */
@NullMarked
package io.diskformat.filesystem;

import org.jspecify.annotations.NullMarked;
