package io.diskformat.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What commands of guestfish work on: the images of a session, and where they write. */
final class Fish {
  private final Terminal terminal;
  private final GuestSession session;
  private final String editor;
  private byte @Nullable [] document;
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

  /** Takes what follows a command in its script. */
  void document(byte @Nullable [] following) {
    document = following;
  }

  /** Opens what a command takes from the host: a file, - for the standard input, or a document. */
  InputStream input(String name) throws IOException {
    if (!name.startsWith(FishLine.DOCUMENT)) {
      return HostFiles.open(name);
    }
    if (document == null) {
      throw new IllegalArgumentException(name + ": documents follow a command in a script alone");
    }
    return new ByteArrayInputStream(document);
  }

  /** Opens a file of the host to be written, or the standard output. */
  OutputStream output(String name) throws IOException {
    return name.equals(StandardStreams.NAME)
        ? Channels.newOutputStream(terminal.channel())
        : HostFiles.write(Path.of(name));
  }

  /** Returns what changes files. */
  GuestChanges changes() throws IOException {
    return new GuestChanges(session.changing());
  }
}
