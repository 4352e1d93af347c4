/**
 * The image service served by Jetty 12, whose jar {@code jetty-server} whoever uses this brings
 * along.
 */
@NullMarked
package io.diskformat.imageservice.jetty;

import org.jspecify.annotations.NullMarked;
