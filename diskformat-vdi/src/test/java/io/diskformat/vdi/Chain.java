package io.diskformat.vdi;

import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;

/** How tests open images that may have parents beside them. */
final class Chain {
  static final OpenOptions READ_ONLY = with(OpenOptions.readOnly());
  static final OpenOptions WRITABLE = with(OpenOptions.writable());
  static final OpenOptions CHECKING = with(OpenOptions.checking());
  static final OpenOptions MAINTENANCE = with(OpenOptions.maintenance());

  private Chain() {}

  private static OpenOptions with(OpenOptions options) {
    return options.format("vdi").parents(ParentResolver.sameDirectory());
  }
}
