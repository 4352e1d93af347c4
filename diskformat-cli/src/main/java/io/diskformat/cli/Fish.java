package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;

/** What commands of guestfish work on: the images of a session, and where they write. */
final class Fish {
  private final Terminal terminal;
  private final GuestSession session;
  private final String editor;
  private boolean ended;

  /**
   * Begins.
   *
   * @param editor the command of the editor that {@code edit} starts
   */
  Fish(Terminal terminal, GuestSession session, String editor) {
    this.terminal = terminal;
    this.session = session;
    this.editor = editor;
  }

  Terminal terminal() {
    return terminal;
  }

  GuestSession session() {
    return session;
  }

  String editor() {
    return editor;
  }

  /** Returns whether a command said that there are no more. */
  boolean hasEnded() {
    return ended;
  }

  /** Prints text that was found in an image as a line. */
  void print(String text) throws IOException {
    terminal.line(Terminal.printable(text));
  }

  void end() {
    ended = true;
  }

  /** Returns a path of the guest, to be read. */
  Path path(String name) throws IOException {
    FileSystem files = session.files();
    if (!name.startsWith("/")) {
      throw new IllegalArgumentException(name + ": a path begins with a slash");
    }
    return files.getPath(name);
  }

  /** Returns what changes files. */
  GuestChanges changes() throws IOException {
    return new GuestChanges(session.changing());
  }
}
