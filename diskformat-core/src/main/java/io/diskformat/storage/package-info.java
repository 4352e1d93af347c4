/**
 * Where an image's bytes live. A {@link io.diskformat.storage.Storage} is a growable array of bytes
 * with positional access and a durability barrier; formats lay their structures out in one, and the
 * engines of core move bytes to and from it.
 */
@NullMarked
package io.diskformat.storage;

import org.jspecify.annotations.NullMarked;
