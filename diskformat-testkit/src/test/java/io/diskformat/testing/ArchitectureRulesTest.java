package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.diskformat.raw.RawFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules that never fail hold nothing. */
final class ArchitectureRulesTest {

  /** Shows Guava, deep inside a type. */
  public static final class Shows {
    public List<ImmutableMap<String, String>> maps() {
      return List.of();
    }
  }

  /** Anybody could extend it. */
  public static class Open {}

  /** Does not say it by an exception. */
  static final class Loud {
    void speak(Exception e) {
      e.printStackTrace();
    }
  }

  private static void assertBroken(ArchRule rule, Class<?> by) {
    AssertionError e =
        assertThrows(
            AssertionError.class,
            () -> rule.check(ArchitectureRules.read(importer -> importer.importClasses(by))));
    assertTrue(e.getMessage().contains(by.getSimpleName()), e.getMessage());
  }

  @Test
  void rulesCanBeBroken() {
    assertBroken(ArchitectureRules.hidesGuava(), Shows.class);
    assertBroken(ArchitectureRules.publicClassesAreClosed(), Open.class);
    assertBroken(ArchitectureRules.isQuiet(), Loud.class);
    assertBroken(ArchitectureRules.usesNoneOfOursBut("io.diskformat.testing"), FaultyStorage.class);
    assertBroken(
        ArchitectureRules.usesOnlyErrorsOfTheApi("io.diskformat.testing"), DiskModel.class);
    ArchitectureRules.publicClassesAreClosed(Open.class)
        .check(ArchitectureRules.read(importer -> importer.importClasses(Open.class)));
  }

  /** A format that somebody else wrote is in none of our packages. */
  @Test
  void circlesOfPackagesOfOthersAreLookedFor() {
    ArchitectureRules.hasNoCycles("org.junit.jupiter.api")
        .check(ArchitectureRules.read(importer -> importer.importClasses(Test.class)));
  }

  @Test
  void circlesOfClassesAreFound() {
    JavaClasses classes =
        ArchitectureRules.read(importer ->
            importer.importClasses(
                Egg.class, Hen.class, Chick.class, Chick.Grown.class, Nest.class, Goose.class));
    ArchitectureRules.checkCirclesOfClasses(classes, "Chick, Egg, Hen");
    AssertionError found =
        assertThrows(AssertionError.class, () -> ArchitectureRules.checkCirclesOfClasses(classes));
    assertTrue(found.getMessage().contains("found Chick, Egg, Hen"), found.getMessage());
    assertThrows(
        AssertionError.class,
        () -> ArchitectureRules.checkCirclesOfClasses(classes, "Chick, Egg, Hen", "Goose, Nest"));
  }

  /** It is in the core, together with what uses it. */
  @Test
  void rawIsNoModule() {
    assertThrows(AssertionError.class, () -> ArchitectureRules.checkFormatModule(RawFormat.class));
  }
}

/** Uses a hen, by way of a chick. */
final class Egg {
  Chick[] chicks() {
    return new Chick[1];
  }
}

final class Chick {
  static final class Grown {
    Object mother = new Hen();
  }
}

final class Hen {
  List<Egg> eggs = List.of(new Egg());
}

/** Is one with what it permits. */
abstract sealed class Nest permits Goose {
  static Nest any() {
    return new Goose();
  }
}

final class Goose extends Nest {}
