package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;

/** What an open file of an edit asks of the edit. */
interface ChangingTree {

  /** One change. */
  @FunctionalInterface
  interface Change {
    void make(FileTreeEdit edit) throws IOException;
  }

  /** Makes a change; nodes that were found before are not to be used any more. */
  void change(Change change) throws IOException;

  /** Returns a number that is another one after each change. */
  long stamp();

  /** Returns the files as they are now. */
  FileTree tree();

  /** Returns whether the edit goes on. */
  boolean isOpen();

  /** Ends what a channel has under way, before anything else is looked at or changed. */
  void settle() throws IOException;

  /** Ends what this channel has under way. */
  void closing(SeekableByteChannel channel) throws IOException;

  /** Deletes a file, if it is still the one that has the name. */
  void deleteIfThere(List<String> names, Object key) throws IOException;
}
