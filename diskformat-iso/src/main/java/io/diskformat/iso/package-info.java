/** ISO images: a disc's sectors as a disk, and the trees of ISO 9660, Joliet and Rock Ridge. */
@NullMarked
package io.diskformat.iso;

import org.jspecify.annotations.NullMarked;
