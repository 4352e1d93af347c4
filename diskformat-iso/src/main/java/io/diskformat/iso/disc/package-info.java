/** The bytes of a disc, for those that read structures of it. */
@NullMarked
package io.diskformat.iso.disc;

import org.jspecify.annotations.NullMarked;
