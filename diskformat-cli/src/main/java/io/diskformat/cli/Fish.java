package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs commands of guestfish on the images of a session. */
final class Fish {
  private final Terminal terminal;
  private final GuestSession session;
  private final String editor;
  private boolean ended;
  private boolean changed;

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

  /** Returns whether there are changes that are not written yet. */
  boolean hasChanges() {
    return changed && session.isChanging();
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

  /**
   * Runs a command.
   *
   * @throws IllegalArgumentException if there is no such command, or it takes other arguments
   * @throws IOException if it fails; the message names the command
   */
  void run(FishLine line) throws IOException {
    if (line.words().isEmpty()) {
      return;
    }
    String name = line.words().getFirst();
    List<String> arguments = line.words().subList(1, line.words().size());
    try {
      run(name, arguments);
    } catch (Terminal.ClosedException e) {
      throw e;
    } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
      String sentence = name + ": " + sentence(e);
      if (!line.ignoringFailure()) {
        throw new IOException(sentence, e);
      }
      terminal.error(sentence);
    }
  }

  private void run(String name, List<String> arguments) throws IOException {
    Optional<FishCommand> found = FishCommands.named(name);
    FishCommand command =
        found.orElseThrow(() -> new IllegalArgumentException("no command that is known here"));
    if (arguments.size() < command.fewest() || arguments.size() > command.most()) {
      throw new IllegalArgumentException(
          "takes " + (command.usage().isEmpty() ? "no arguments" : command.usage()));
    }
    try {
      command.action().run(this, arguments);
      changed = session.isChanging();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static String sentence(Exception e) {
    return e instanceof FileSystemException failure && failure.getFile() != null
        ? PathErrors.sentence(failure)
        : Problems.sentence(e);
  }
}
