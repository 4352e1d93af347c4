/** The file systems ext2, ext3 and ext4, as they are read. */
@NullMarked
package io.diskformat.inside.ext;

import org.jspecify.annotations.NullMarked;
