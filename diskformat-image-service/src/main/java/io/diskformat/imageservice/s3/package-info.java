/**
 * A store in the bucket of an object storage that speaks S3, by the SDK of AWS, which the caller
 * provides.
 */
@NullMarked
package io.diskformat.imageservice.s3;

import org.jspecify.annotations.NullMarked;
