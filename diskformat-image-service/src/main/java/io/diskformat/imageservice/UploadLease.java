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
 */
public record UploadLease(String upload, Instant until, SortedSet<String> claims) {
  /** Makes a copy of the set. */
  public UploadLease {
    claims = Collections.unmodifiableSortedSet(new TreeSet<>(claims));
  }

  /** Creates a lease that claims nothing of others. */
  public UploadLease(String upload, Instant until) {
    this(upload, until, new TreeSet<>());
  }

  /** Returns a copy that lasts longer. */
  UploadLease until(Instant later) {
    return new UploadLease(upload, later, claims);
  }

  /** Returns a copy that claims blobs of others. */
  UploadLease claiming(Set<String> blobs) {
    return new UploadLease(upload, until, new TreeSet<>(blobs));
  }
}
