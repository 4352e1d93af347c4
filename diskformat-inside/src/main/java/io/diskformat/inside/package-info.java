/** The volumes of disks, and the file systems on them. */
@NullMarked
package io.diskformat.inside;

import org.jspecify.annotations.NullMarked;
