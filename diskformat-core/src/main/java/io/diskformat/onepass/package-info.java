/**
 * Images that are read in one pass: what a format needs in order to find a disk's data in bytes
 * that come once, from the first to the last.
 */
@NullMarked
package io.diskformat.onepass;

import org.jspecify.annotations.NullMarked;
