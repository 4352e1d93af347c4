/**
 * The image API v2 of OpenStack over an {@link io.diskformat.imageservice.ImageService}: {@link
 * io.diskformat.imageservice.http.ImageApi} answers an {@link io.diskformat.imageservice.http.Exchange} of any
 * transport, {@link io.diskformat.imageservice.http.ImageServer} is the one of the JDK.
 */
@NullMarked
package io.diskformat.imageservice.http;

import org.jspecify.annotations.NullMarked;
