/**
 * The engine of one layer of a chain: a format says where a disk's bytes are stored ({@link
 * io.diskformat.layer.GuestMap}, {@link io.diskformat.layer.Location}) and where they may be
 * written ({@link io.diskformat.layer.MapWriter}), and {@link io.diskformat.layer.LayeredDevice}
 * reads and writes them, with the locks and caches that that takes.
 */
@NullMarked
package io.diskformat.layer;

import org.jspecify.annotations.NullMarked;
