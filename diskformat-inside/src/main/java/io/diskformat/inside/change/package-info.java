/** Changes of a volume that are kept in memory until all of them are written. */
@NullMarked
package io.diskformat.inside.change;

import org.jspecify.annotations.NullMarked;
