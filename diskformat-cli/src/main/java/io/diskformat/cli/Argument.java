package io.diskformat.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;

/** An option or a parameter of a verb, and what was given for it. */
final class Argument {
  private final ArgSpec spec;

  Argument(ArgSpec spec) {
    this.spec = spec;
  }

  /** Returns whether an option that takes no value was given. */
  boolean isGiven() {
    Boolean given = spec.getValue();
    return Boolean.TRUE.equals(given);
  }

  /** Returns the value, or null if none was given. */
  @Nullable String value() {
    return spec.getValue();
  }

  /** Returns the value, or another one if none was given. */
  String valueOr(String otherwise) {
    String value = value();
    return value == null ? otherwise : value;
  }

  /** Returns the value of what must be given. */
  String required() {
    return valueOr("");
  }

  /** Returns all values of what may be given several times. */
  List<String> values() {
    List<String> values = spec.getValue();
    return values == null ? List.of() : values;
  }
}
