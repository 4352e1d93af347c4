/**
 * The catalogue and the blob store that need nothing set up: one JSON record per image, and sparse files, below a
 * directory.
 */
@NullMarked
package io.diskformat.imageservice.file;

import org.jspecify.annotations.NullMarked;
