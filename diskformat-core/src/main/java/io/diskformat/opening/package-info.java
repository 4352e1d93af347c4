/**
 * Opening and creating images: the installed formats and the marks of all known ones, the one gate
 * for every file that the caller did not name himself, chains, and the files of a new image.
 */
@NullMarked
package io.diskformat.opening;

import org.jspecify.annotations.NullMarked;
