/** What is found inside the disk of an image, by diskformat-inside, which the caller provides. */
@NullMarked
package io.diskformat.imageservice.guest;

import org.jspecify.annotations.NullMarked;
