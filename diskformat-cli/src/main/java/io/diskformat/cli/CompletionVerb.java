package io.diskformat.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** The verb {@code completion}. */
final class CompletionVerb extends Verb {
  private final Argument shell = parameter("SHELL", "The shell: bash or zsh.");

  private final Supplier<List<Verb>> verbs;

  /**
   * Declares the verb.
   *
   * @param verbs all that there are
   */
  CompletionVerb(Supplier<List<Verb>> verbs) {
    super("completion", "Prints what makes a shell complete verbs, options and their values.");
    footer(
        "For bash: source <(diskformat completion bash). For zsh, after compinit, the same with"
            + " zsh.");
    this.verbs = verbs;
  }

  @Override
  int run(Terminal terminal) throws IOException {
    terminal.print(
        switch (shell.required()) {
          case "bash" -> Completion.bash(verbs.get());
          case "zsh" -> Completion.zsh(verbs.get());
          default ->
              throw new IllegalArgumentException(
                  "SHELL must be bash or zsh, not \"" + shell.required() + "\"");
        });
    return 0;
  }
}
