package io.diskformat.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * A file of options: each is a property, named as on the command line but without the hyphens
 * before; of an option that may be given several times, the values are separated by spaces. What is
 * given on the command line counts more.
 */
final class ConfigurationFile {
  private ConfigurationFile() {}

  /**
   * Gives a verb the options of a file that it was not given yet.
   *
   * @throws IllegalArgumentException if the file has what is no option
   * @throws IOException if the file cannot be read
   */
  static void give(Declaration verb, String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    for (String name : properties.stringPropertyNames()) {
      Optional<Argument> option =
          verb.options().stream().filter(any -> any.names().contains("--" + name)).findFirst();
      if (option.isEmpty() || name.equals("help") || name.equals("config")) {
        throw new IllegalArgumentException(
            file + ": there is no option " + name + " of " + verb.name());
      }
      if (!option.get().isGiven()) {
        give(option.get(), properties.getProperty(name).trim(), file + ": " + name);
      }
    }
  }

  private static void give(Argument option, String value, String name) {
    if (option.kind() == Argument.Kind.OPTIONS) {
      for (String one : value.split("\\s+", -1)) {
        option.give(one);
      }
      return;
    }
    if (option.takesValue()) {
      option.give(value);
      return;
    }
    switch (value) {
      case "true", "yes" -> option.give();
      case "false", "no" -> {
        // As if it were not there.
      }
      default -> throw new IllegalArgumentException(name + " is true or false, and not: " + value);
    }
  }
}
