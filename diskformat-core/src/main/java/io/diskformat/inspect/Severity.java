package io.diskformat.inspect;

/** What a finding means for whoever is to accept the image. */
public enum Severity {
  /** Unusual, and no harm by itself. */
  WARNING,
  /** An image for which this was found is not to be accepted from somebody who is not trusted. */
  REFUSAL
}
