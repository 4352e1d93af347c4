/**
 * Storages of an image's bytes. A {@link io.diskformat.storage.Storage} is a growable array of
 * bytes with positional access and a durability barrier; formats keep their structures in one, and
 * the engines of core read and write it. Besides, the package has what these need of the host:
 * locks, native calls, new files that appear when they are complete, buffers of bounded memory, and
 * compression.
 *
 * <p>The {@link System.Logger} {@code io.diskformat.storage} logs once, at level {@code DEBUG}, why
 * there are no native calls or no libdeflate, and what to add to get them. Nothing else is logged.
 */
@NullMarked
package io.diskformat.storage;

import org.jspecify.annotations.NullMarked;
