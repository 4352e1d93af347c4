/**
 * LUKS, the Linux Unified Key Setup: the header of version 1 with its key slots, wherever in a file
 * it is, and the format of a file that is such a header and a disk after it.
 */
@NullMarked
package io.diskformat.luks;

import org.jspecify.annotations.NullMarked;
