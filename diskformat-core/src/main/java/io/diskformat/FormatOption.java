package io.diskformat;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * An option of a format for new images: its name, its possible values and its default. A format
 * declares each of its options once; help, checks and the format's own reading of the option all
 * follow that declaration. Immutable.
 */
public final class FormatOption {

  /** The type of an option's values. */
  public enum Type {
    /** Any text, a file name for example. */
    TEXT("str"),
    /** {@code on} or {@code off}; also yes, true, y, and no, false, n, in upper or lower case. */
    FLAG("bool (on/off)"),
    /** One of a list of words or numbers. */
    CHOICE("str"),
    /** A number of bytes that is a power of two, perhaps with one of the suffixes k, M, G... */
    SIZE("size"),
    /** A whole number. */
    NUMBER("num"),
    /** A UUID. */
    UUID("uuid");

    private final String label;

    Type(String label) {
      this.label = label;
    }

    /** Returns the name of the type in qemu-img's help. */
    public String label() {
      return label;
    }
  }

  private final String name;
  private final Type type;
  private final String description;
  private final List<String> values;
  private final String otherwise;
  private final long least;
  private final long most;

  private FormatOption(
      String name,
      Type type,
      String description,
      List<String> values,
      String otherwise,
      long least,
      long most) {
    this.name = Objects.requireNonNull(name);
    this.type = type;
    this.description = Objects.requireNonNull(description);
    this.values = values;
    this.otherwise = Objects.requireNonNull(otherwise);
    this.least = least;
    this.most = most;
  }

  /** Returns an option whose value may be any text; an empty text counts as not given. */
  public static FormatOption text(String name, String description) {
    return new FormatOption(name, Type.TEXT, description, List.of(), "", 0, 0);
  }

  /** Returns an option that is on or off; off by default. */
  public static FormatOption flag(String name, String description) {
    return new FormatOption(name, Type.FLAG, description, List.of("on", "off"), "off", 0, 0);
  }

  /**
   * Returns an option with a list of values.
   *
   * @param otherwise the default
   * @param values all possible values
   * @throws IllegalArgumentException if {@code otherwise} is none of them
   */
  public static FormatOption choice(
      String name, String description, String otherwise, String... values) {
    List<String> all = List.of(values);
    if (!all.contains(otherwise)) {
      throw new IllegalArgumentException(name + ": \"" + otherwise + "\" is none of " + all);
    }
    return new FormatOption(name, Type.CHOICE, description, all, otherwise, 0, 0);
  }

  /**
   * Returns an option whose values are constants of an enum, in lower case.
   *
   * @param otherwise the default
   * @param others the other possible values
   */
  public static <E extends Enum<E>> FormatOption choice(
      String name, String description, E otherwise, List<E> others) {
    return choice(
        name,
        description,
        nameOf(otherwise),
        Stream.concat(Stream.of(otherwise), others.stream())
            .map(FormatOption::nameOf)
            .toArray(String[]::new));
  }

  private static String nameOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns an option that is a number of bytes, a power of two.
   *
   * @param otherwise the default, in bytes
   * @param least the smallest value, in bytes
   * @param most the largest value, in bytes
   */
  public static FormatOption size(
      String name, String description, long otherwise, long least, long most) {
    return new FormatOption(
        name, Type.SIZE, description, List.of(), SizeText.of(otherwise), least, most);
  }

  /**
   * Returns an option that is a whole number.
   *
   * @param otherwise the default
   * @param least the smallest value
   * @param most the largest value
   */
  public static FormatOption number(
      String name, String description, long otherwise, long least, long most) {
    return new FormatOption(
        name, Type.NUMBER, description, List.of(), Long.toString(otherwise), least, most);
  }

  /** Returns an option that is a UUID. */
  public static FormatOption uuid(String name, String description) {
    return new FormatOption(name, Type.UUID, description, List.of(), "", 0, 0);
  }

  /** Returns the option's name. */
  public String name() {
    return name;
  }

  /** Returns the type of the option's values. */
  public Type type() {
    return type;
  }

  /** Returns the option's meaning, in a few words. */
  public String description() {
    return description;
  }

  /** Returns the possible values, or none if there are too many to list. */
  public List<String> values() {
    return values;
  }

  /** Returns the default, or empty if there is none. */
  public Optional<String> defaultValue() {
    return otherwise.isEmpty() ? Optional.empty() : Optional.of(otherwise);
  }

  /** Returns a description of the possible values that completes "must be". */
  public String allowed() {
    return switch (type) {
      case TEXT -> "any text";
      case FLAG, CHOICE -> {
        int last = values.size() - 1;
        yield last == 0
            ? values.getFirst()
            : String.join(", ", values.subList(0, last)) + " or " + values.get(last);
      }
      case SIZE -> "a power of two from " + SizeText.of(least) + " to " + SizeText.of(most);
      case NUMBER -> "a number from " + least + " to " + most;
      case UUID -> "a UUID";
    };
  }

  /**
   * Checks a value.
   *
   * @throws IllegalArgumentException if the value is invalid; the message names the option and the
   *     possible values
   */
  public void check(String value) {
    boolean valid =
        switch (type) {
          case TEXT -> true;
          case FLAG -> isOn(value) || isOff(value);
          case CHOICE -> values.contains(value);
          case SIZE -> isSize(value);
          case NUMBER -> isNumber(value);
          // UUID.fromString also accepts shortened ones.
          case UUID -> value.matches("[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}");
        };
    if (!valid) {
      throw new IllegalArgumentException(
          "option " + name + " must be " + allowed() + ", not \"" + value + "\"");
    }
  }

  private boolean isSize(String value) {
    try {
      long bytes = SizeText.parse(value, name);
      return bytes >= least && bytes <= most && Long.bitCount(bytes) == 1;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean isNumber(String value) {
    try {
      long number = Long.parseLong(value);
      return number >= least && number <= most;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static boolean isOn(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "on", "yes", "true", "y" -> true;
      default -> false;
    };
  }

  private static boolean isOff(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "off", "no", "false", "n" -> true;
      default -> false;
    };
  }

  /**
   * Returns the value that was given, or else the default.
   *
   * @throws IllegalArgumentException if the given value is invalid
   */
  public String in(CreateOptions options) {
    String value = options.option(name).orElse(otherwise);
    if (options.option(name).isPresent()) {
      check(value);
    }
    return value;
  }

  /**
   * Returns the enum constant that was given, or else the default.
   *
   * @param constants the enum
   * @throws IllegalArgumentException if the given value is invalid
   */
  public <E extends Enum<E>> E in(CreateOptions options, Class<E> constants) {
    return Enum.valueOf(constants, in(options).toUpperCase(Locale.ROOT));
  }

  /** Returns the text that was given, or empty if there was none or an empty one. */
  public Optional<String> textIn(CreateOptions options) {
    return options.option(name).filter(text -> !text.isEmpty());
  }

  /**
   * Returns whether the option is on.
   *
   * @throws IllegalArgumentException if it is neither on nor off
   */
  public boolean isOnIn(CreateOptions options) {
    return isOn(in(options));
  }

  /**
   * Returns the number of bytes that was given, or else the default.
   *
   * @throws IllegalArgumentException if the given value is invalid
   */
  public long bytesIn(CreateOptions options) {
    return SizeText.parse(in(options), name);
  }

  /**
   * Returns the number that was given, or else the default.
   *
   * @throws IllegalArgumentException if the given value is invalid
   */
  public long numberIn(CreateOptions options) {
    return Long.parseLong(in(options));
  }

  /**
   * Returns the UUID that was given, or empty if there was none.
   *
   * @throws IllegalArgumentException if it is no UUID
   */
  public Optional<UUID> uuidIn(CreateOptions options) {
    return options.option(name).map(text -> UUID.fromString(in(options)));
  }

  /** Returns the name and the type, as qemu-img's help writes them. */
  @Override
  public String toString() {
    return name + "=<" + type.label() + ">";
  }
}
