package io.diskformat.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The declaration of a verb: its options and parameters, and the texts of its help. */
abstract class Declaration {
  private final String name;
  private final String description;
  private final List<Argument> options = new ArrayList<>();
  private final List<Argument> parameters = new ArrayList<>();
  private final Argument help;
  private String synopsis = "";
  private String footer = "";

  /**
   * Begins with the option that all verbs have.
   *
   * @param description for the verb's help
   */
  Declaration(String name, String description) {
    this.name = name;
    this.description = description;
    this.help = flag("Show this help and exit.", "-h", "--help");
  }

  /** Declares another option without a value and returns it. */
  final Argument flag(String text, String... names) {
    return addOption(new Argument(Argument.Kind.FLAG, "", text, names));
  }

  /**
   * Declares another option with a value and returns it.
   *
   * @param label what the help calls the value: its values, separated by |, if they are few
   */
  final Argument option(String label, String text, String... names) {
    return addOption(new Argument(Argument.Kind.OPTION, label, text, names));
  }

  /** Declares another option with a value, which may be given several times, and returns it. */
  final Argument options(String label, String text, String... names) {
    return addOption(new Argument(Argument.Kind.OPTIONS, label, text, names));
  }

  private Argument addOption(Argument option) {
    options.add(option);
    return option;
  }

  /** Declares the next parameter, which must be given, and returns it. */
  final Argument parameter(String label, String text) {
    return addParameter(new Argument(Argument.Kind.PARAMETER, label, text));
  }

  /** Declares the last parameter, which need not be given, and returns it. */
  final Argument optionalParameter(String label, String text) {
    return addParameter(new Argument(Argument.Kind.OPTIONAL_PARAMETER, label, text));
  }

  /** Declares all further parameters, and returns them as one. */
  final Argument furtherParameters(String label, String text) {
    return addParameter(new Argument(Argument.Kind.FURTHER_PARAMETERS, label, text));
  }

  private Argument addParameter(Argument parameter) {
    parameters.add(parameter);
    return parameter;
  }

  /** Sets what the help says last. */
  final void footer(String text) {
    footer = text;
  }

  /** Sets what the help shows of the parameters, where their declarations do not say it. */
  final void synopsis(String text) {
    synopsis = text;
  }

  // What was declared

  final String name() {
    return name;
  }

  final String description() {
    return description;
  }

  final List<Argument> options() {
    return Collections.unmodifiableList(options);
  }

  final List<Argument> parameters() {
    return Collections.unmodifiableList(parameters);
  }

  /** Returns how the parameters are given, or an empty string if their declarations say it. */
  final String synopsis() {
    return synopsis;
  }

  /** Returns what the help says last, or an empty string. */
  final String footer() {
    return footer;
  }

  /** Returns where a user finds out what this verb takes. */
  final String whereHelpIs() {
    return "see diskformat " + name + " --help";
  }

  /** Returns whether the verb's help was asked for. */
  final boolean asksForHelp() {
    return help.isGiven();
  }
}
