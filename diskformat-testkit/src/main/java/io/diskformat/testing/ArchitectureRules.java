package io.diskformat.testing;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.resolvers.SelectedClassResolverFromClasspath;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.diskformat.DiskImages;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.spi.DiskFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The rules of the architecture: which package may use which, and what users see. Needs ArchUnit on
 * the class path. The test of a format's module is one line:
 *
 * <pre>{@code ArchitectureRules.checkFormatModule(Qcow2Format.class);}</pre>
 */
public final class ArchitectureRules {
  private static final String OURS = "io.diskformat..";
  private static final String API = "io.diskformat";
  private static final String SPI = "io.diskformat.spi";
  private static final String STORAGE = "io.diskformat.storage";
  private static final String LAYER = "io.diskformat.layer";
  private static final String TABLE = "io.diskformat.table";
  private static final String DEVICE = "io.diskformat.device";
  private static final String MAINTENANCE = "io.diskformat.maintenance";
  private static final String FILESYSTEM = "io.diskformat.filesystem";
  private static final String CRYPTO = "io.diskformat.crypto";
  private static final String LUKS = "io.diskformat.luks";
  private static final String ONEPASS = "io.diskformat.onepass";

  private ArchitectureRules() {}

  /** Returns the main classes of the module that a class belongs to. */
  public static JavaClasses moduleOf(Class<?> type) {
    return read(
        importer -> importer.importUrl(type.getProtectionDomain().getCodeSource().getLocation()));
  }

  static JavaClasses read(Function<ClassFileImporter, JavaClasses> what) {
    return ArchConfiguration.withThreadLocalScope(configuration -> {
      // Of the JDK only what shows which classes are exceptions: the rest would take most of the
      // time.
      configuration.setClassResolver(SelectedClassResolverFromClasspath.class);
      configuration.setClassResolverArguments("java.lang", "java.io", "java.nio.channels");
      return what.apply(new ClassFileImporter());
    });
  }

  /**
   * Checks a module that is one format: it uses the core, and no other module of ours uses it. It
   * may have rooms below its package, which form no circle with it.
   *
   * @param knownCircles as {@link #checkCirclesOfClasses} takes them
   */
  public static void checkFormatModule(Class<? extends DiskFormat> format, String... knownCircles) {
    JavaClasses module = moduleOf(format);
    String name = format.getPackageName();
    usesNoneOfOursBut(
            resideInAPackage(name + ".."),
            name + "..",
            API,
            SPI,
            LAYER,
            TABLE,
            DEVICE,
            MAINTENANCE,
            STORAGE,
            FILESYSTEM,
            CRYPTO,
            LUKS,
            ONEPASS)
        .check(module);
    isBelow(name).check(module);
    hasNoCycles(name + "..").check(module);
    onlyTheFormatIsPublic(name).check(module);
    isQuiet().check(module);
    hidesGuava().check(module);
    publicClassesAreClosed().check(module);
    checkCirclesOfClasses(module, knownCircles);
  }

  /**
   * Returns the rule that a package uses no other package of ours.
   *
   * @param user the package, without those below it
   * @param others the packages of ours that it may use besides
   */
  public static ArchRule usesNoneOfOursBut(String user, String... others) {
    return usesNoneOfOursBut(resideInAPackage(user), user, others);
  }

  /** Returns the rule that some classes of a package use no other package of ours. */
  public static ArchRule usesNoneOfOursBut(
      DescribedPredicate<JavaClass> users, String user, String... others) {
    return noClasses()
        .that(users)
        .should()
        .dependOnClassesThat(
            resideInAPackage(OURS)
                .and(not(resideInAPackage(user)))
                .and(not(resideInAnyPackage(others))))
        .because("arrows point one way: engines -> api <- formats -> storage");
  }

  /** Returns the rule that classes use nothing of the API but its exceptions. */
  public static ArchRule usesOnlyErrorsOfTheApi(String user) {
    return noClasses()
        .that()
        .resideInAPackage(user)
        .should()
        .dependOnClassesThat(resideInAPackage(API).and(not(assignableTo(Throwable.class))))
        .because("where bytes live has nothing to do with what they mean");
  }

  /** Returns the rule that packages of ours form no circle, {@link DiskImages} left out. */
  public static ArchRule hasNoCycles() {
    return hasNoCycles(OURS);
  }

  /**
   * Returns the rule that packages of ours, and some others, form no circle.
   *
   * @param others the packages of a format that somebody else wrote
   */
  static ArchRule hasNoCycles(String others) {
    // DiskImages is the entry: the one class of the API that uses what is behind it.
    return slices()
        .assignedFrom(new Packages(resideInAnyPackage(OURS, others)))
        .should()
        .beFreeOfCycles()
        .ignoreDependency(assignableTo(DiskImages.class), alwaysTrue());
  }

  /**
   * Checks that no classes of one package use each other, directly or by way of others. A top-level
   * class counts with those nested in it, and a sealed type with all that it permits.
   *
   * @param known the circles that are still there, each as its classes in alphabetical order,
   *     separated by commas; the check fails for one that is gone, too
   */
  public static void checkCirclesOfClasses(JavaClasses classes, String... known) {
    SortedSet<String> expected = new TreeSet<>(List.of(known));
    SortedSet<String> found = ClassCircles.in(classes);
    if (!found.equals(expected)) {
      throw new AssertionError(
          "circles of classes: expected "
              + String.join("; ", expected)
              + ", but found "
              + String.join("; ", found));
    }
  }

  private record Packages(DescribedPredicate<JavaClass> which) implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return which.test(type)
          ? SliceIdentifier.of(type.getPackageName())
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }

  private static ArchRule isBelow(String name) {
    return classes()
        .that(not(describe("module descriptors", type -> type.getSimpleName().contains("-"))))
        .should()
        .resideInAPackage(name + "..");
  }

  private static ArchRule onlyTheFormatIsPublic(String name) {
    return classes()
        .that(
            resideInAPackage(name)
                .and(not(assignableTo(DiskFormat.class)))
                .and(not(assignableTo(FileTreeFormat.class))))
        .should()
        .notBePublic()
        .because("a format is used through the API alone");
  }

  /** Returns the rule that a library reports by exceptions and by {@link System.Logger} only. */
  public static ArchRule isQuiet() {
    return CompositeArchRule.of(NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS)
        .and(NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING);
  }

  /**
   * Returns the rule that a public class is an interface, abstract, final or an exception.
   *
   * @param open the classes that are made to be extended all the same
   */
  public static ArchRule publicClassesAreClosed(Class<?>... open) {
    return classes()
        .that()
        .arePublic()
        .and(not(assignableTo(Throwable.class)))
        .should(
            new ArchCondition<>("be interfaces, abstract or final") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean closed =
                    type.isInterface()
                        || type.getModifiers().contains(JavaModifier.ABSTRACT)
                        || type.getModifiers().contains(JavaModifier.FINAL)
                        // Constants with bodies of their own make an enumeration less than final.
                        || type.isEnum()
                        || Stream.of(open).anyMatch(type::isEquivalentTo);
                events.add(
                    new SimpleConditionEvent(
                        type, closed, type.getDescription() + " can be extended by anybody"));
              }
            });
  }

  /**
   * Returns the rule that no signature that users see has a type of Guava's, which is used inside
   * only.
   */
  public static ArchRule hidesGuava() {
    return classes()
        .that()
        .arePublic()
        .should(
            new ArchCondition<>("have no type of Guava in what others can see of them") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                seen(type)
                    .filter(part -> part.name().startsWith("com.google."))
                    .forEach(part ->
                        events.add(
                            SimpleConditionEvent.violated(
                                type, part.where() + " shows " + part.name())));
              }
            });
  }

  private record Part(String where, String name) {}

  private static Stream<Part> seen(JavaClass type) {
    List<Part> parts = new ArrayList<>();
    type.getSuperclass().ifPresent(above -> add(parts, type.getName(), above));
    type.getInterfaces().forEach(above -> add(parts, type.getName(), above));
    for (JavaMember member : type.getMembers()) {
      boolean visible =
          member.getModifiers().contains(JavaModifier.PUBLIC)
              || member.getModifiers().contains(JavaModifier.PROTECTED);
      if (!visible) {
        continue;
      }
      if (member instanceof JavaField field) {
        add(parts, field.getFullName(), field.getType());
      } else if (member instanceof JavaCodeUnit method) {
        add(parts, method.getFullName(), method.getReturnType());
        method.getParameterTypes().forEach(each -> add(parts, method.getFullName(), each));
        method.getExceptionTypes().forEach(each -> add(parts, method.getFullName(), each));
      }
    }
    return parts.stream();
  }

  private static void add(List<Part> parts, String where, JavaType type) {
    type.getAllInvolvedRawTypes().forEach(raw -> parts.add(new Part(where, raw.getName())));
  }
}
