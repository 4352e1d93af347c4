package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Optional;

/** Runs commands of guestfish. */
final class FishRunner {
  private final Fish fish;
  private boolean changed;

  FishRunner(Fish fish) {
    this.fish = fish;
  }

  /** Returns whether there are changes that are not written yet. */
  boolean hasChanges() {
    return changed && fish.session().isChanging();
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
      fish.terminal().error(sentence);
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
      command.action().run(fish, arguments);
      changed = fish.session().isChanging();
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
