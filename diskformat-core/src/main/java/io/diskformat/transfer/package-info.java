/**
 * Engines that copy, compare and hash any block device. They use its extents and its bytes alone,
 * and know no format.
 */
@NullMarked
package io.diskformat.transfer;

import org.jspecify.annotations.NullMarked;
