package io.diskformat.inside.lvm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A section of LVM's text. What is asked for and is not there is an exception that names it. */
final class ConfigSection {
  private final String name;
  private final Map<String, Object> values = new LinkedHashMap<>();

  ConfigSection(String name) {
    this.name = name;
  }

  /** Adds a value, and returns whether its key was not there. */
  boolean put(String key, Object value) {
    return values.putIfAbsent(key, value) == null;
  }

  String name() {
    return name;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** Returns all sections in this one. */
  List<ConfigSection> sections() {
    List<ConfigSection> sections = new ArrayList<>();
    for (Object value : values.values()) {
      if (value instanceof ConfigSection section) {
        sections.add(section);
      }
    }
    return sections;
  }

  ConfigSection section(String key) {
    if (values.get(key) instanceof ConfigSection section) {
      return section;
    }
    throw missing(key, "section");
  }

  /** Returns a number that is not negative, and less than 2^44. */
  long number(String key) {
    if (values.get(key) instanceof Long number && number >= 0 && number < 1L << 44) {
      return number;
    }
    throw missing(key, "number");
  }

  String string(String key) {
    if (values.get(key) instanceof String string) {
      return string;
    }
    throw missing(key, "string");
  }

  /** Returns a list; an empty one if it is not there, and one of a value that is in no list. */
  List<?> list(String key) {
    Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    return value instanceof List<?> list ? list : List.of(value);
  }

  private IllegalArgumentException missing(String key, String kind) {
    return new IllegalArgumentException(
        "has no valid " + kind + " " + key + " in \"" + name + "\"");
  }
}
