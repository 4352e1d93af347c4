package io.diskformat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Proposes files for the parent of an image that records its parent's UUIDs but no file name: VDI.
 * A resolver only proposes: nothing is read from a file unless the {@link ReferencePolicy} allows
 * it, and it is opened as the parent only if it has the right UUIDs.
 *
 * <p>The choice never depends on an order: of several proposed files, the one that has both UUIDs
 * that the child records is the parent. If there are two such, and they are not one file under two
 * names, the child cannot be opened, and the error message names them.
 */
@FunctionalInterface
public interface ParentResolver {

  /**
   * Returns the files among which the parent may be.
   *
   * @param parent the identity of the parent, as the child records it; untrusted
   * @param child the absolute path of the image that is a difference to it
   * @throws IOException if the files cannot be determined
   */
  ParentProposal find(ParentIdentity parent, Path child) throws IOException;

  /** Returns the resolver that proposes nothing. This is the default. */
  static ParentResolver none() {
    return (parent, child) -> ParentProposal.none();
  }

  /**
   * Returns a resolver that proposes those of the given files that have the parent's UUID. With it,
   * a caller chooses among several copies. For a chain of images, name all of them.
   *
   * @param files the files, in any order
   */
  static ParentResolver of(Path... files) {
    ParentProposal named = new ParentProposal.Among(List.of(files));
    return (parent, child) -> named;
  }

  /**
   * Returns a resolver that proposes those images in a directory, not in those below it, that have
   * the parent's UUID. Symbolic links that lead out of the directory are ignored. Files that cannot
   * be read are not proposed; but if there are such and no other file matches, that is an error.
   *
   * @param directory a directory of at most 10,000 files; a larger one is not searched, which is an
   *     error
   */
  static ParentResolver within(Path directory) {
    ParentProposal images = new ParentProposal.Directory(directory);
    return (parent, child) -> images;
  }

  /** Returns a resolver that searches the child's own directory, as {@link #within} does. */
  static ParentResolver sameDirectory() {
    return (parent, child) -> {
      Path directory = child.toAbsolutePath().getParent();
      return directory == null ? ParentProposal.none() : new ParentProposal.Directory(directory);
    };
  }
}
