package io.diskformat.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the arguments of a verb as {@code getopt_long} does, which qemu-img uses: options and
 * operands in any order, options of one letter in groups, values attached or following, long
 * options abbreviated while unambiguous, and no options behind {@code --}. What follows an option
 * that takes a value is the value, whatever it looks like. Options of mkisofs are whole words after
 * one hyphen, as there.
 */
final class ArgumentReader {
  private static final String LONG = "--";

  /** Long options of qemu-img 7.2. */
  private static final Set<String> OF_QEMU_IMG =
      Set.of(
          "--backing-chain",
          "--flush-interval",
          "--force-share",
          "--format",
          "--help",
          "--max-length",
          "--no-drain",
          "--output",
          "--pattern",
          "--repair",
          "--shrink",
          "--start-offset",
          "--target-is-zero");

  private final Declaration verb;
  private final List<String> operands = new ArrayList<>();

  ArgumentReader(Declaration verb) {
    this.verb = verb;
  }

  /**
   * Records each option in its declaration and keeps the operands. Stops where help is asked for.
   *
   * @throws IllegalArgumentException if the verb has no such option, or its value is missing
   */
  void readOptions(List<String> args) {
    boolean optionsEnded = false;
    for (int i = 0; i < args.size() && !verb.asksForHelp(); i++) {
      String arg = args.get(i);
      if (optionsEnded || arg.length() < 2 || arg.charAt(0) != '-') {
        operands.add(arg);
      } else if (arg.equals(LONG)) {
        optionsEnded = true;
      } else {
        List<String> next = args.subList(i + 1, args.size());
        i +=
            arg.startsWith(LONG)
                ? readLong(arg, next)
                : isWord(arg) ? give(longOption(arg), arg, next) : readGroup(arg, next);
      }
    }
  }

  /**
   * Records each operand in the declaration of the parameter at its place.
   *
   * @throws IllegalArgumentException if there are too few or too many
   */
  void readOperands() {
    int at = 0;
    for (Argument parameter : verb.parameters()) {
      if (parameter.kind() == Argument.Kind.FURTHER_PARAMETERS) {
        while (at < operands.size()) {
          parameter.give(operands.get(at++));
        }
      } else if (at < operands.size()) {
        parameter.give(operands.get(at++));
      } else if (parameter.kind() == Argument.Kind.PARAMETER) {
        throw new IllegalArgumentException(
            verb.name() + " needs " + parameter.label() + "; " + verb.whereHelpIs());
      }
    }
    if (at < operands.size()) {
      throw new IllegalArgumentException(
          "unexpected argument \"" + operands.get(at) + "\"; " + verb.whereHelpIs());
    }
  }

  /** Returns how many of the arguments that follow it took. */
  private int readLong(String arg, List<String> next) {
    int equals = arg.indexOf('=');
    String name = equals < 0 ? arg : arg.substring(0, equals);
    Argument option = longOption(name);
    if (equals < 0) {
      return give(option, name, next);
    }
    if (!option.takesValue()) {
      throw new IllegalArgumentException("option " + name + " takes no value");
    }
    option.give(arg.substring(equals + 1));
    return 0;
  }

  /** Returns whether an option has this name of several letters after a single hyphen. */
  private boolean isWord(String arg) {
    return arg.length() > LONG.length()
        && verb.options().stream().anyMatch(option -> option.names().contains(arg));
  }

  private Argument longOption(String name) {
    List<String> matches = new ArrayList<>();
    for (Argument option : verb.options()) {
      for (String candidate : option.names()) {
        if (candidate.equals(name)) {
          return option;
        }
        if (name.length() > LONG.length() && candidate.startsWith(name)) {
          matches.add(candidate);
        }
      }
    }
    // What is unambiguous to qemu-img is so here, whatever other options there are.
    if (matches.stream().anyMatch(OF_QEMU_IMG::contains)) {
      matches.retainAll(OF_QEMU_IMG);
    }
    if (matches.size() > 1) {
      throw new IllegalArgumentException(
          "option " + name + " may be " + String.join(" or ", matches));
    }
    if (matches.isEmpty()) {
      throw UnknownOption.named(name, verb);
    }
    return longOption(matches.getFirst());
  }

  /** Reads options of one letter; returns how many arguments that follow the last of them took. */
  private int readGroup(String arg, List<String> next) {
    for (int i = 1; i < arg.length(); i++) {
      String name = "-" + arg.charAt(i);
      Argument option = shortOption(name);
      if (option == null) {
        throw UnknownOption.named(i == 1 ? arg : name, verb);
      }
      if (!option.takesValue()) {
        option.give();
      } else if (i + 1 == arg.length()) {
        return give(option, name, next);
      } else {
        // A reader of the help may write a =, which is no part of the value.
        option.give(arg.substring(arg.charAt(i + 1) == '=' ? i + 2 : i + 1));
        return 0;
      }
    }
    return 0;
  }

  private @Nullable Argument shortOption(String name) {
    for (Argument option : verb.options()) {
      if (option.names().contains(name)) {
        return option;
      }
    }
    return null;
  }

  private static int give(Argument option, String name, List<String> next) {
    int count = option.count();
    if (next.size() < count) {
      throw new IllegalArgumentException(
          "option "
              + name
              + (count == 1 ? " needs a value: " : " needs " + count + " values: ")
              + option.label());
    }
    if (count == 0) {
      option.give();
    } else {
      option.give(List.copyOf(next.subList(0, count)));
    }
    return count;
  }
}
