package io.diskformat.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An option or a parameter of a verb, and what was given for it. It is declared once: reading the
 * command line, help, manual page and completion all use the declaration.
 */
final class Argument {

  /** The kinds of arguments. */
  enum Kind {
    /** An option without a value. */
    FLAG,
    /** An option with a value; if it is given several times, the last counts. */
    OPTION,
    /** An option with a value; if it is given several times, all count. */
    OPTIONS,
    /** A parameter that must be given. */
    PARAMETER,
    /** A parameter that may be given. */
    OPTIONAL_PARAMETER,
    /** All parameters that follow. */
    FURTHER_PARAMETERS
  }

  private final Kind kind;
  private final String label;
  private final String description;
  private final List<String> names;
  private final List<String> values = new ArrayList<>();
  private int count = 1;
  private @Nullable Consumer<List<String>> listener;
  private boolean given;

  /**
   * Declares an argument.
   *
   * @param label what the help calls its value
   * @param names the names of an option, with their hyphens, that of one letter first
   */
  Argument(Kind kind, String label, String description, String... names) {
    this.kind = kind;
    this.label = label;
    this.description = description;
    this.names = List.of(names);
  }

  Kind kind() {
    return kind;
  }

  String label() {
    return label;
  }

  String description() {
    return description;
  }

  List<String> names() {
    return names;
  }

  /** Returns whether this is an option that takes a value. */
  boolean takesValue() {
    return kind == Kind.OPTION || kind == Kind.OPTIONS;
  }

  /** Makes this an option that takes several values each time, and returns it. */
  Argument taking(int number) {
    count = number;
    return this;
  }

  /**
   * Sets an action on the values of an option, which runs as soon as the option is read, where the
   * order of options matters; and returns this.
   */
  Argument whenGiven(Consumer<List<String>> action) {
    listener = action;
    return this;
  }

  /** Returns how many values an option takes each time. */
  int count() {
    return takesValue() ? count : 0;
  }

  /** Records that an option without a value was given. */
  void give() {
    give(List.of());
  }

  /** Records a value that was given. */
  void give(String value) {
    give(List.of(value));
  }

  /** Records all values that an option was given at once. */
  void give(List<String> some) {
    given = true;
    values.addAll(some);
    if (listener != null) {
      listener.accept(some);
    }
  }

  /** Returns whether the argument was given. */
  boolean isGiven() {
    return given;
  }

  /** Returns the value, the last if there are several, or null if none was given. */
  @Nullable String value() {
    return values.isEmpty() ? null : values.getLast();
  }

  /** Returns the value, or another one if none was given. */
  String valueOr(String otherwise) {
    String value = value();
    return value == null ? otherwise : value;
  }

  /** Returns the value of a parameter that must be given. */
  String required() {
    return valueOr("");
  }

  /** Returns all values that were given. */
  List<String> values() {
    return List.copyOf(values);
  }
}
