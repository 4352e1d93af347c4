package io.diskformat.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A verb of the tool, with its arguments as fields. An object serves one command line.
 *
 * <p>Picocli is told of the arguments by calls and not by annotations, as reading annotations takes
 * longer than all else that the tool does to start.
 */
abstract class Verb {
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(null, Verb::instance);

  /**
   * Begins with the option that all verbs have.
   *
   * @param description for the verb's help
   */
  Verb(String name, String description) {
    spec.name("diskformat " + name);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .type(boolean.class)
            .description("Show this help and exit.")
            .build());
  }

  /**
   * Makes what picocli asks for. Its own factory would do, but begins with a search of all jars for
   * a class of Groovy.
   */
  private static <T> T instance(Class<T> type) throws ReflectiveOperationException {
    return type.getDeclaredConstructor().newInstance();
  }

  /** Returns another option without a value. */
  final Argument flag(String description, String... names) {
    return add(OptionSpec.builder(names).type(boolean.class).description(description));
  }

  /**
   * Returns another option with a value.
   *
   * @param label what the help calls the value
   */
  final Argument option(String label, String description, String... names) {
    return add(
        OptionSpec.builder(names).type(String.class).paramLabel(label).description(description));
  }

  /** Returns another option with a value, which may be given several times. */
  final Argument options(String label, String description, String... names) {
    return add(
        OptionSpec.builder(names)
            .type(ArrayList.class)
            .auxiliaryTypes(String.class)
            .paramLabel(label)
            .description(description));
  }

  private Argument add(OptionSpec.Builder builder) {
    OptionSpec option = builder.build();
    spec.addOption(option);
    return new Argument(option);
  }

  /** Returns the next parameter, which must be given. */
  final Argument parameter(String label, String description) {
    return add(PositionalParamSpec.builder().type(String.class).required(true), label, description);
  }

  /** Returns the last parameter, which need not be given. */
  final Argument optionalParameter(String label, String description) {
    return add(PositionalParamSpec.builder().type(String.class).arity("0..1"), label, description);
  }

  /** Returns all the other parameters, however many there are, of which the help says nothing. */
  final Argument furtherParameters() {
    PositionalParamSpec parameters =
        PositionalParamSpec.builder()
            .index(spec.positionalParameters().size() + "..*")
            .arity("0..*")
            .type(ArrayList.class)
            .auxiliaryTypes(String.class)
            .hidden(true)
            .build();
    spec.addPositional(parameters);
    return new Argument(parameters);
  }

  private Argument add(PositionalParamSpec.Builder builder, String label, String description) {
    PositionalParamSpec parameter =
        builder
            .index(Integer.toString(spec.positionalParameters().size()))
            .paramLabel(label)
            .description(description)
            .build();
    spec.addPositional(parameter);
    return new Argument(parameter);
  }

  /** Sets what the help says last. */
  final void footer(String text) {
    spec.usageMessage().footer(text);
  }

  /** Sets what the help says first, where picocli cannot know it. */
  final void synopsis(String text) {
    spec.usageMessage().customSynopsis(text);
  }

  /**
   * Reads the arguments and does what the verb says.
   *
   * @param args those of the tool, the first of which is the verb
   * @return the exit status
   * @throws CommandLine.ParameterException if they are not those of the verb
   * @throws IllegalArgumentException if they make no sense; the message is one sentence
   * @throws IOException if what the verb says fails
   */
  final int run(String[] args, Terminal terminal) throws IOException {
    CommandLine line = new CommandLine(spec, Verb::instance);
    // As getopt has it: the last of several wins, and a file name may begin with an @.
    line.setOverwrittenOptionsAllowed(true).setExpandAtFiles(false).setInterpolateVariables(false);
    line.parseArgs(withoutVerb(args));
    if (line.isUsageHelpRequested()) {
      terminal.print(line.getUsageMessage(Ansi.OFF));
      return 0;
    }
    return run(terminal);
  }

  /** Returns the arguments that picocli is to read, given those of the tool. */
  String[] withoutVerb(String[] args) {
    return Arrays.copyOfRange(args, 1, args.length);
  }

  /** Does what the verb says; see {@link #run(String[], Terminal)}. */
  abstract int run(Terminal terminal) throws IOException;

  /** Returns the exit status that tells of a failure. */
  int failureStatus() {
    return 1;
  }
}
