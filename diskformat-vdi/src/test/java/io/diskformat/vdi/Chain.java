package io.diskformat.vdi;

import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;

/** How tests open images that may have parents beside them. */
final class Chain {
  static final OpenOptions READ_ONLY = with(OpenOptions.readOnly());
  static final OpenOptions WRITABLE = with(OpenOptions.writable());

  private Chain() {}

  private static OpenOptions with(OpenOptions options) {
    return options
        .format("vdi")
        .references(ReferencePolicy.sameDirectory())
        .parents(ParentResolver.sameDirectory());
  }
}
