package io.diskformat.inside.xfs;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The entries of a directory as they are stored, with those for itself and its parent first. */
@FunctionalInterface
interface DirectoryAreas {

  /** Returns the next entry, or null after the last. */
  @Nullable DirectoryEntry next() throws IOException;
}
