package io.diskformat.iso.build;

import java.util.List;

/**
 * What became of what was asked for.
 *
 * @param size of the image in bytes
 * @param names what a tree could not record by its own name
 */
public record DiscReport(long size, List<MappedName> names) {
  /** Copies the list. */
  public DiscReport {
    names = List.copyOf(names);
  }

  /** A tree of a disc. */
  public enum Tree {
    /** That of ISO 9660. Where it has Rock Ridge, it records each name whole. */
    PRIMARY,
    /** That of ISO 9660:1999. */
    ENHANCED,
    /** That for Windows. */
    JOLIET
  }

  /**
   * A name that a tree does not have room or letters for. Letters that are only made capitals are
   * not reported.
   *
   * @param tree which one
   * @param path of the file, as it was asked for; of the volume's label, empty
   * @param recorded the name that it has there; empty if the tree cannot record such a file, as no
   *     tree but Rock Ridge's can a symbolic link
   */
  public record MappedName(Tree tree, String path, String recorded) {}
}
