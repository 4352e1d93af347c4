package io.diskformat.iso.build;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Gives the files of a directory the names that one tree records, no two the same. First those get
 * theirs that fit as they are, in their order; then the others, shortened, with letters replaced,
 * and, where that name is taken, with the first number before their extension that makes it
 * another. So names depend on nothing but the names in the directory.
 */
final class Identifiers {
  private Identifiers() {}

  /** Returns the recorded name of each file, in the files' order. */
  static Map<Node, String> assign(Collection<Node> files, NameRule rule) {
    Map<Node, String> names = LinkedHashMap.newLinkedHashMap(files.size());
    Set<String> taken = HashSet.newHashSet(files.size());
    int later = 0;
    for (Node file : files) {
      String fitting = rule.fit(file.name(), file.isDirectory(), "");
      boolean given = rule.isSame(file.name(), fitting) && taken.add(key(fitting));
      names.put(file, given ? fitting : "");
      later += given ? 0 : 1;
    }
    if (later > 0) {
      Map<String, Integer> numbers = new HashMap<>();
      names.replaceAll((file, name) -> name.isEmpty() ? another(file, rule, taken, numbers) : name);
    }
    return names;
  }

  private static String another(
      Node file, NameRule rule, Set<String> taken, Map<String, Integer> numbers) {
    String fitting = rule.fit(file.name(), file.isDirectory(), "");
    if (taken.add(key(fitting))) {
      return fitting;
    }
    String first = key(fitting);
    // Names that are alike go on counting where the one before them stopped.
    int number = numbers.getOrDefault(first, 0);
    String name;
    do {
      name = rule.fit(file.name(), file.isDirectory(), String.valueOf(number++));
    } while (!taken.add(key(name)));
    numbers.put(first, number);
    return name;
  }

  /** A directory and a file with an empty extension look alike to those who leave out the dot. */
  private static String key(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
