/**
 * A page for people: the images, an upload, and what is inside of one. It needs {@code
 * diskformat-inside}, which whoever uses this brings along.
 */
@NullMarked
package io.diskformat.imageservice.page;

import org.jspecify.annotations.NullMarked;
