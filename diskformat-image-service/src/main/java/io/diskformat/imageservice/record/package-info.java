/** The records of images as text, for whatever catalogue keeps them. */
@NullMarked
package io.diskformat.imageservice.record;

import org.jspecify.annotations.NullMarked;
