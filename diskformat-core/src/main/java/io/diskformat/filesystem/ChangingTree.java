package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;

/** The edit, as its open files see it. */
interface ChangingTree {

  /** One change. */
  @FunctionalInterface
  interface Change {
    void make(FileTreeEdit edit) throws IOException;
  }

  /** Makes a change; nodes that were found before must not be used any more. */
  void change(Change change) throws IOException;

  /** Returns a number that changes with each change of the tree. */
  long stamp();

  /** Returns the files as they are now. */
  FileTree tree();

  /** Returns whether the edit goes on. */
  boolean isOpen();

  /** Completes what an open channel has left undone, before anything else is read or changed. */
  void settle() throws IOException;

  /** Completes what this channel has left undone. */
  void closing(SeekableByteChannel channel) throws IOException;

  /** Deletes a file, if it is still the one that has the name. */
  void deleteIfThere(List<String> names, Object key) throws IOException;
}
