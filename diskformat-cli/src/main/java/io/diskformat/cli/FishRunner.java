package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs commands of guestfish. */
final class FishRunner {
  private static final int MOST_COMMANDS = 1_000_000;

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
    if (name.equals("glob")) {
      runForEach(arguments);
      return;
    }
    Optional<FishCommand> found = FishCommands.named(name);
    FishCommand command =
        found.orElseThrow(() ->
            new IllegalArgumentException(
                FishRefusals.why(name).orElse("no command that is known here")));
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

  /** Runs a command for each combination of what its arguments match; all of them in any case. */
  private void runForEach(List<String> words) throws IOException {
    if (words.isEmpty() || words.getFirst().equals("glob")) {
      throw new IllegalArgumentException("takes COMMAND [ARGUMENT...]");
    }
    List<List<String>> lines = List.of(List.of());
    for (String word : words.subList(1, words.size())) {
      List<String> matched = word.startsWith("/") ? FishGlob.expand(fish, word) : List.of(word);
      List<List<String>> longer = new ArrayList<>();
      for (List<String> line : lines) {
        for (String each : matched.isEmpty() ? List.of(word) : matched) {
          List<String> next = new ArrayList<>(line);
          next.add(each);
          longer.add(next);
        }
        if (longer.size() > MOST_COMMANDS) {
          throw new IllegalArgumentException("more than " + MOST_COMMANDS + " commands");
        }
      }
      lines = longer;
    }
    @Nullable Exception failure = null;
    for (List<String> line : lines) {
      try {
        run(words.getFirst(), line);
      } catch (Terminal.ClosedException e) {
        throw e;
      } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
        if (failure == null) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw new IOException(words.getFirst() + ": " + sentence(failure), failure);
    }
  }

  private String sentence(Exception e) {
    return e instanceof FileSystemException failure
            && failure.getFile() != null
            && !fish.session().isImage(failure.getFile())
        ? PathErrors.sentence(failure)
        : Problems.sentence(e);
  }
}
