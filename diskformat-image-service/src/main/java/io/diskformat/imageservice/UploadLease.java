package io.diskformat.imageservice;

import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Says who writes an image's data, and until when that counts if nothing more is heard.
 *
 * @param upload the id of the upload
 * @param until when the image may be taken back
 * @param claims blobs of other images that the image is about to share, which must stay
 * @param reserved how many bytes of its project's quota are kept for the upload, those of all
 *     stores together
 */
public record UploadLease(String upload, Instant until, SortedSet<String> claims, long reserved) {
  /** Makes a copy of the set. */
  public UploadLease {
    claims = Collections.unmodifiableSortedSet(new TreeSet<>(claims));
  }

  /** Creates a lease that claims nothing of others, and for which nothing is reserved. */
  public UploadLease(String upload, Instant until) {
    this(upload, until, new TreeSet<>(), 0);
  }

  /** Returns a copy that lasts longer. */
  UploadLease until(Instant later) {
    return new UploadLease(upload, later, claims, reserved);
  }

  /** Returns a copy that claims blobs of others. */
  UploadLease claiming(Set<String> blobs) {
    return new UploadLease(upload, until, new TreeSet<>(blobs), reserved);
  }

  /** Returns a copy for which another number of bytes is reserved. */
  UploadLease reserving(long bytes) {
    return new UploadLease(upload, until, claims, bytes);
  }
}
