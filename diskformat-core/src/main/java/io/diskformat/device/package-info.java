/**
 * Devices made of storages and of other devices, with the extent cursors, the read-ahead and the
 * locks that devices share.
 */
@NullMarked
package io.diskformat.device;

import org.jspecify.annotations.NullMarked;
