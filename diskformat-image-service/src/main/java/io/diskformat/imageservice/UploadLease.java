package io.diskformat.imageservice;

import java.time.Instant;

/**
 * Says who writes an image's data, and until when that counts if nothing more is heard.
 *
 * @param upload the id of the upload
 * @param until when the image may be taken back
 */
public record UploadLease(String upload, Instant until) {}
