package io.diskformat.iso;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.iso.udf.Udf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The trees of a disc, and the choice of the best. An empty tree is chosen only if there is no
 * other: some discs have all files in one tree, and nothing, or a note to the reader, in others.
 *
 * @param disc the disc
 * @param descriptors of the session
 * @param udf whether the disc bears its mark; the trees of UDF belong to no session
 */
record DiscTrees(DeviceBytes disc, VolumeDescriptors descriptors, boolean udf) {

  /** Returns the trees of a session. */
  static DiscTrees of(DeviceBytes disc, VolumeDescriptors descriptors) throws IOException {
    return new DiscTrees(disc, descriptors, Udf.isMarked(disc));
  }

  /**
   * Opens a tree of a disc.
   *
   * @param wanted its kind, or null for the best that there is
   * @param session its name, as {@link Sessions#start} has it
   * @throws DiskFormatException if the disc has no such tree, or its root makes no sense
   */
  static FileTree open(DeviceBytes disc, @Nullable TreeKind wanted, String session)
      throws IOException {
    Sessions sessions = Sessions.of(disc);
    long start = sessions.start(disc, session);
    VolumeDescriptors descriptors = VolumeDescriptors.read(disc, start);
    boolean last = start == sessions.last();
    DiscTrees trees = new DiscTrees(disc, descriptors, last && Udf.isMarked(disc));
    if (wanted != null) {
      return trees
          .of(wanted)
          .orElseThrow(
              () -> new DiskFormatException(disc.name() + ": has no tree " + wanted.option()));
    }
    return trees.best();
  }

  /** Returns the kinds of those trees that open, the best first. */
  List<TreeKind> kinds() throws IOException {
    List<TreeKind> kinds = new ArrayList<>();
    for (TreeKind kind : TreeKind.values()) {
      if (opened(kind).isPresent()) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  /** The disc can be read all the same; a caller who asks for this tree gets the reason. */
  private Optional<FileTree> opened(TreeKind kind) throws IOException {
    try {
      return of(kind);
    } catch (DiskFormatException e) {
      return Optional.empty();
    }
  }

  private Optional<FileTree> of(TreeKind kind) throws IOException {
    if (kind == TreeKind.UDF) {
      return udf ? Optional.of(Udf.open(disc)) : Optional.empty();
    }
    return IsoTree.of(disc, descriptors, kind).map(FileTree.class::cast);
  }

  private FileTree best() throws IOException {
    Optional<FileTree> rockRidge = of(TreeKind.ROCK_RIDGE);
    Optional<FileTree> udfTree = opened(TreeKind.UDF);
    Optional<FileTree> joliet = of(TreeKind.JOLIET);
    Optional<FileTree> other = udfTree.isPresent() ? udfTree : joliet;
    if (rockRidge.isPresent()
        && (other.isEmpty() || !isEmpty(rockRidge.get()) || isEmpty(other.get()))) {
      return rockRidge.get();
    }
    if (other.isPresent()) {
      return other.get();
    }
    Optional<FileTree> enhanced = of(TreeKind.ENHANCED);
    return enhanced.isPresent() ? enhanced.get() : of(TreeKind.PLAIN).orElseThrow();
  }

  private static boolean isEmpty(FileTree tree) throws IOException {
    return tree.root().list().next() == null;
  }
}
