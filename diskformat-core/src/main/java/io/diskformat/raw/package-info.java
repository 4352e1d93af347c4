/** The raw format: a file that is the disk. The smallest example of a format. */
@NullMarked
package io.diskformat.raw;

import org.jspecify.annotations.NullMarked;
