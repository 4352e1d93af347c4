/**
 * What is on a disk: the partition table, and the partitions as devices of their own. And what an
 * image is, and whether it is to be taken, while its bytes pass by: {@link
 * io.diskformat.inspect.ImageInspector}.
 *
 * <p>Nothing here writes.
 */
@NullMarked
package io.diskformat.inspect;

import org.jspecify.annotations.NullMarked;
