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
import io.diskformat.spi.DiskFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The rules that hold the house in shape: which package may use which, and what users get to see.
 * Needs ArchUnit. The test of a format module is one line:
 *
 * <pre>{@code ArchitectureRules.checkFormatModule(Qcow2Format.class);}</pre>
 */
public final class ArchitectureRules {
  private static final String OURS = "io.diskformat..";
  private static final String API = "io.diskformat";
  private static final String SPI = "io.diskformat.spi";
  private static final String STORAGE = "io.diskformat.storage";

  private ArchitectureRules() {}

  /** Returns the main classes of the module that a class belongs to. */
  public static JavaClasses moduleOf(Class<?> type) {
    return read(
        importer -> importer.importUrl(type.getProtectionDomain().getCodeSource().getLocation()));
  }

  static JavaClasses read(Function<ClassFileImporter, JavaClasses> what) {
    return ArchConfiguration.withThreadLocalScope(configuration -> {
      // Of the JDK as much as tells what an exception is: the rest would take most of the time.
      configuration.setClassResolver(SelectedClassResolverFromClasspath.class);
      configuration.setClassResolverArguments("java.lang", "java.io", "java.nio.channels");
      return what.apply(new ClassFileImporter());
    });
  }

  /** Checks a module that is one format: it knows the core, and nothing knows it. */
  public static void checkFormatModule(Class<? extends DiskFormat> format) {
    JavaClasses module = moduleOf(format);
    String name = format.getPackageName();
    usesNoneOfOursBut(name, API, SPI, STORAGE).check(module);
    onlyOnePackage(name).check(module);
    onlyTheFormatIsPublic().check(module);
    isQuiet().check(module);
    hidesGuava().check(module);
    publicClassesAreClosed().check(module);
  }

  /**
   * A package uses no other package of ours.
   *
   * @param user the package, without those below it
   * @param others that it may use beside
   */
  public static ArchRule usesNoneOfOursBut(String user, String... others) {
    return usesNoneOfOursBut(resideInAPackage(user), user, others);
  }

  /** As the other method, for some classes of a package. */
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

  /** Of the API, some classes use nothing but its exceptions. */
  public static ArchRule usesOnlyErrorsOfTheApi(String user) {
    return noClasses()
        .that()
        .resideInAPackage(user)
        .should()
        .dependOnClassesThat(resideInAPackage(API).and(not(assignableTo(Throwable.class))))
        .because("where bytes live has nothing to do with what they mean");
  }

  /** There is no way round among packages, but by the way in. */
  public static ArchRule hasNoCycles() {
    // DiskImages is the way in: the one class of the API that knows what is behind it.
    return slices()
        .assignedFrom(new Packages())
        .should()
        .beFreeOfCycles()
        .ignoreDependency(assignableTo(DiskImages.class), alwaysTrue());
  }

  private static final class Packages implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return resideInAPackage(OURS).test(type)
          ? SliceIdentifier.of(type.getPackageName())
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }

  private static ArchRule onlyOnePackage(String name) {
    return classes()
        .that(not(describe("module descriptors", type -> type.getSimpleName().contains("-"))))
        .should()
        .resideInAPackage(name);
  }

  private static ArchRule onlyTheFormatIsPublic() {
    return classes()
        .that(not(assignableTo(DiskFormat.class)))
        .should()
        .notBePublic()
        .because("a format is used through the API alone");
  }

  /** A library says what it has to say by exceptions, and by {@link System.Logger}. */
  public static ArchRule isQuiet() {
    return CompositeArchRule.of(NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS)
        .and(NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING);
  }

  /**
   * A public class is an interface, or abstract, or final; or an exception.
   *
   * @param open those that are made to be extended all the same
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

  /** What is used inside only must not be seen from outside: Guava's types in no signature. */
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
