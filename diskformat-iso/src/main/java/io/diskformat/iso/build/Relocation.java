package io.diskformat.iso.build;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Directories that are below the eighth level, which is as deep as ISO 9660 goes, are kept in one
 * of the root's, and Rock Ridge says where each belongs: where it belongs is a file that leads to
 * it, and its own record of what is above leads back.
 */
final class Relocation {
  private static final int DEEPEST = 8;
  private static final String NAME = "rr_moved";
  private static final int MODE = 0555;

  private final IdentityHashMap<Node, Moved> moved = new IdentityHashMap<>();
  private final List<Node> inOrder = new ArrayList<>();
  private @Nullable Node root;
  private @Nullable Node place;

  /** A directory that is kept elsewhere. Both places are known only when all is laid out. */
  static final class Moved {
    private @Nullable Extent kept;
    private @Nullable Extent original;

    void keptAs(Extent directory) {
      kept = directory;
    }

    void belongsTo(Extent parent) {
      original = parent;
    }

    /** Returns where it is kept. */
    Extent toKept() {
      return new Later() {
        @Override
        @Nullable Extent later() {
          return kept;
        }
      };
    }

    /** Returns the directory that it belongs to. */
    Extent toOriginal() {
      return new Later() {
        @Override
        @Nullable Extent later() {
          return original;
        }
      };
    }
  }

  private abstract static class Later implements Extent {
    abstract @Nullable Extent later();

    private Extent known() {
      Extent extent = later();
      if (extent == null) {
        throw new IllegalStateException("a directory that was moved has no place yet");
      }
      return extent;
    }

    @Override
    public long block() {
      return known().block();
    }

    @Override
    public long size() {
      return known().size();
    }
  }

  /** Finds what has to be moved. */
  void find(Node treeRoot) {
    root = treeRoot;
    find(treeRoot, 1);
    if (!moved.isEmpty()) {
      Node made = Node.directory(treeRoot.child(NAME) == null ? NAME : "." + NAME, null);
      made.record(DiscAttributes.of(MODE, treeRoot.recorded().modified()));
      place = made;
    }
  }

  private void find(Node directory, int level) {
    for (Node child : directory.children()) {
      if (child.isDirectory()) {
        boolean tooDeep = level + 1 > DEEPEST;
        if (tooDeep) {
          moved.put(child, new Moved());
          inOrder.add(child);
        }
        // The root's is of the second level, and what is in it of the third.
        find(child, tooDeep ? 3 : level + 1);
      }
    }
  }

  /** Returns what is recorded in a directory. */
  Collection<Node> children(Node directory) {
    if (place == null || directory != root) {
      return directory == place ? inOrder : directory.children();
    }
    List<Node> all = new ArrayList<>(directory.children());
    all.add(place);
    return all;
  }

  /** Returns whether a directory is the one that keeps others. */
  boolean isPlace(Node directory) {
    return directory == place;
  }

  /** Returns what is known of a directory if it is moved, or null. */
  @Nullable Moved moved(Node directory) {
    return moved.get(directory);
  }
}
