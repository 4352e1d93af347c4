package io.diskformat.testing;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Finds classes of one package that use each other, directly or by way of others. A top-level class
 * counts with those nested in it, and a sealed class or interface with all that it permits, which
 * its reader has to know.
 */
final class ClassCircles {
  private static final Pattern OURS = Pattern.compile("io/diskformat/[\\w/$]+");

  /** For each unit, those of the same package that it uses, by their internal names. */
  private final Map<String, NavigableSet<String>> uses = new TreeMap<>();

  /** The sealed type that a class counts with. */
  private final Map<String, String> sealed = new HashMap<>();

  private final Map<String, Integer> order = new HashMap<>();
  private final Map<String, Integer> lowest = new HashMap<>();
  private final Deque<String> path = new ArrayDeque<>();
  private final NavigableSet<String> circles = new TreeSet<>();

  private ClassCircles(JavaClasses classes) {
    List<ClassModel> models = classes.stream().map(ClassCircles::read).toList();
    models.forEach(this::findPermitted);
    for (ClassModel model : models) {
      String user = unit(model.thisClass().asInternalName());
      NavigableSet<String> used = uses.computeIfAbsent(user, _ -> new TreeSet<>());
      namesIn(model).map(this::unit).filter(unit -> isBeside(unit, user)).forEach(used::add);
    }
  }

  private static ClassModel read(JavaClass type) {
    try (InputStream in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      return ClassFile.of().parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the names of all classes of ours that are in a class's constants. */
  private static Stream<String> namesIn(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .filter(Utf8Entry.class::isInstance)
        .flatMap(entry -> OURS.matcher(((Utf8Entry) entry).stringValue()).results())
        .map(MatchResult::group);
  }

  private static boolean isBeside(String unit, String user) {
    return !unit.equals(user) && packageOf(unit).equals(packageOf(user));
  }

  /**
   * Returns a package with a slash behind it; nothing for a module descriptor, which is in none.
   */
  private static String packageOf(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** Returns the circles, each as its classes in alphabetical order, separated by commas. */
  static NavigableSet<String> in(JavaClasses classes) {
    ClassCircles search = new ClassCircles(classes);
    for (String unit : search.uses.keySet()) {
      if (!search.order.containsKey(unit)) {
        search.visit(unit);
      }
    }
    return search.circles;
  }

  private void findPermitted(ClassModel model) {
    String type = topLevel(model.thisClass().asInternalName());
    model
        .findAttribute(Attributes.permittedSubclasses())
        .ifPresent(permitted ->
            permitted
                .permittedSubclasses()
                .forEach(subtype -> sealed.put(topLevel(subtype.asInternalName()), type)));
  }

  private String unit(String name) {
    String unit = topLevel(name);
    for (String above = sealed.get(unit); above != null && !above.equals(unit); ) {
      unit = above;
      above = sealed.get(unit);
    }
    return unit;
  }

  private static String topLevel(String name) {
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  /** Tarjan's search for what is strongly connected. */
  private void visit(String unit) {
    int number = order.size();
    order.put(unit, number);
    lowest.put(unit, number);
    path.push(unit);
    for (String used : uses.getOrDefault(unit, new TreeSet<>())) {
      if (!order.containsKey(used)) {
        visit(used);
        lowest.merge(unit, lowest.get(used), Math::min);
      } else if (path.contains(used)) {
        lowest.merge(unit, order.get(used), Math::min);
      }
    }
    if (lowest.get(unit) == number) {
      addCircle(unit);
    }
  }

  private void addCircle(String first) {
    List<String> members = new ArrayList<>();
    String member;
    do {
      member = path.pop();
      members.add(member.substring(member.lastIndexOf('/') + 1));
    } while (!member.equals(first));
    if (members.size() > 1) {
      circles.add(String.join(", ", new TreeSet<>(members)));
    }
  }
}
