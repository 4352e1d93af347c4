/** Who callers are, without anything set up: tokens, and users of a file. */
@NullMarked
package io.diskformat.imageservice.identity;

import org.jspecify.annotations.NullMarked;
