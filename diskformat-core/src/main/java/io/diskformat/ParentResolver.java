package io.diskformat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds the image that another one is a difference to, where that records who it is but not where:
 * VDI. What it answers is opened, no {@link ReferencePolicy} being asked; that it is the right
 * image is checked then.
 */
@FunctionalInterface
public interface ParentResolver {

  /**
   * Returns the parent's file, or empty if it is not to be had; then the image cannot be opened.
   *
   * @param parent who is wanted; untrusted
   * @param child the image that is a difference to it
   * @throws IOException if that cannot be found out
   */
  Optional<Path> find(ParentIdentity parent, Path child) throws IOException;

  /** Returns the resolver that finds nothing. This is the default. */
  static ParentResolver none() {
    return (parent, child) -> Optional.empty();
  }

  /**
   * Returns the resolver that looks at the images in a directory, though not below: for one that
   * has both UUIDs that the child records or, if there is none, the first that has the parent's.
   * Files whose links lead out of the directory are not looked at.
   */
  static ParentResolver within(Path directory) {
    return (parent, child) -> new ParentSearch(parent).in(directory);
  }

  /** Returns the resolver that looks so at the images in the child's own directory. */
  static ParentResolver sameDirectory() {
    return (parent, child) -> {
      Path directory = child.toAbsolutePath().getParent();
      return directory == null ? Optional.empty() : new ParentSearch(parent).in(directory);
    };
  }
}
