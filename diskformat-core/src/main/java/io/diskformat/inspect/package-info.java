/**
 * What is on a disk: the partition table, and the partitions as devices of their own.
 *
 * <p>Nothing here writes.
 */
@NullMarked
package io.diskformat.inspect;

import org.jspecify.annotations.NullMarked;
