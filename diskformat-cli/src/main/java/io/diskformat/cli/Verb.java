package io.diskformat.cli;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** A verb of the tool, with its arguments as fields. An object serves one command line. */
abstract class Verb extends Declaration {

  /**
   * Begins with the option that all verbs have.
   *
   * @param description for the verb's help
   */
  Verb(String name, String description) {
    super(name, description);
  }

  /**
   * Reads the arguments and does what the verb says.
   *
   * @param args the arguments of the tool, the first word or two of which are the verb
   * @return the exit status
   * @throws IllegalArgumentException if the arguments are not those of the verb or make no sense;
   *     the message is one sentence
   * @throws IOException if what the verb says fails
   */
  final int run(String[] args, Terminal terminal) throws IOException {
    ArgumentReader reader = new ArgumentReader(this);
    reader.readOptions(withoutVerb(Arrays.asList(args)));
    if (asksForHelp()) {
      terminal.print(Usage.of(this));
      return 0;
    }
    if (needsParameters()) {
      reader.readOperands();
    }
    return run(terminal);
  }

  /** Returns the arguments that are read as declared, out of those of the tool. */
  List<String> withoutVerb(List<String> args) {
    return args.subList(name().split(" ").length, args.size());
  }

  /** Returns whether parameters are needed, given the options. */
  boolean needsParameters() {
    return true;
  }

  /** Does what the verb says; see {@link #run(String[], Terminal)}. */
  abstract int run(Terminal terminal) throws IOException;

  /** Returns the exit status of a failure. */
  int failureStatus() {
    return 1;
  }
}
