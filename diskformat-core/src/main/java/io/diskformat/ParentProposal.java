package io.diskformat;

import java.nio.file.Path;
import java.util.List;

/**
 * A proposal of a {@link ParentResolver}: the files among which the parent of an image may be. The
 * {@link ReferencePolicy} is asked about each file before anything is read from it.
 */
public sealed interface ParentProposal {

  /**
   * Files each of which is claimed to be the parent. If there is only one, it must be the parent,
   * or the child cannot be opened.
   *
   * @param files in any order; none if no parent is known
   */
  record Known(List<Path> files) implements ParentProposal {
    /** Copies the list. */
    public Known {
      files = List.copyOf(files);
    }
  }

  /**
   * Files among which those that have the parent's UUID are candidates.
   *
   * @param files in any order; one that cannot be read is an error
   */
  record Among(List<Path> files) implements ParentProposal {
    /** Copies the list. */
    public Among {
      files = List.copyOf(files);
    }
  }

  /**
   * The images in a directory, not in those below it, among which those that have the parent's UUID
   * are candidates.
   *
   * @param directory a directory of at most 10,000 files; symbolic links that lead out of it are
   *     not followed
   */
  record Directory(Path directory) implements ParentProposal {}

  /** Returns a proposal of no file. */
  static ParentProposal none() {
    return new Known(List.of());
  }

  /** Returns a proposal of one file, which is claimed to be the parent. */
  static ParentProposal file(Path file) {
    return new Known(List.of(file));
  }
}
