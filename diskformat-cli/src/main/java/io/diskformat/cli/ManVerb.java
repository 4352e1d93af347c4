package io.diskformat.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** The verb {@code man}. */
final class ManVerb extends Verb {
  private final Supplier<List<Verb>> verbs;

  /**
   * Declares the verb.
   *
   * @param verbs all that there are
   */
  ManVerb(Supplier<List<Verb>> verbs) {
    super("man", "Prints the manual page, as roff.");
    this.verbs = verbs;
    footer("To read it: diskformat man | man -l -");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    terminal.print(ManualPage.text(verbs.get()));
    return 0;
  }
}
