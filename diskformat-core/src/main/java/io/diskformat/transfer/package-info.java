/**
 * Engines over any block device: copying, comparing, hashing. They know devices by their extents
 * and their bytes alone, and no format.
 */
@NullMarked
package io.diskformat.transfer;

import org.jspecify.annotations.NullMarked;
