/**
 * An image service to be embedded: images are registered, uploaded, listed, shared and downloaded, each by a {@link
 * io.diskformat.imageservice.Caller} who may see or change it.
 *
 * <p>{@link io.diskformat.imageservice.ImageService} is the way in. It stands on three small interfaces: a {@link
 * io.diskformat.imageservice.Catalogue} of records, a {@link io.diskformat.imageservice.BlobStore} of bytes, and, for
 * whoever speaks to it by a network, an {@link io.diskformat.imageservice.Identity}.
 */
@NullMarked
package io.diskformat.imageservice;

import org.jspecify.annotations.NullMarked;
