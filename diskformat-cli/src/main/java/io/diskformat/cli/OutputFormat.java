package io.diskformat.cli;

/** For whom a verb writes. */
enum OutputFormat {
  HUMAN,
  JSON;

  /**
   * Returns the value of an option {@code --output}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static OutputFormat of(String value) {
    return switch (value) {
      case "human" -> HUMAN;
      case "json" -> JSON;
      default ->
          throw new IllegalArgumentException(
              "--output must be human or json, not \"" + value + "\"");
    };
  }
}
