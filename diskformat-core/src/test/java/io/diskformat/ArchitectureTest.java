package io.diskformat;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.diskformat.testing.ArchitectureRules.hasNoCycles;
import static io.diskformat.testing.ArchitectureRules.hidesGuava;
import static io.diskformat.testing.ArchitectureRules.isQuiet;
import static io.diskformat.testing.ArchitectureRules.publicClassesAreClosed;
import static io.diskformat.testing.ArchitectureRules.usesNoneOfOursBut;
import static io.diskformat.testing.ArchitectureRules.usesOnlyErrorsOfTheApi;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.diskformat.spi.LayeredDevice;
import io.diskformat.testing.ArchitectureRules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms of the house point one way. */
final class ArchitectureTest {
  private static final String API = "io.diskformat";
  private static final String SPI = "io.diskformat.spi";
  private static final String STORAGE = "io.diskformat.storage";
  private static final String RAW = "io.diskformat.raw";

  private static final JavaClasses CORE = ArchitectureRules.moduleOf(DiskImages.class);

  @Test
  void theApiUsesNothingButTheWayInDoes() {
    usesNoneOfOursBut(resideInAPackage(API).and(not(equivalentTo(DiskImages.class))), API)
        .check(CORE);
    usesNoneOfOursBut(API, SPI, STORAGE).check(CORE);
  }

  @Test
  void storageUsesErrorsAlone() {
    usesNoneOfOursBut(STORAGE, API).check(CORE);
    usesOnlyErrorsOfTheApi(STORAGE).check(CORE);
  }

  @Test
  void theSpiUsesApiAndStorage() {
    usesNoneOfOursBut(SPI, API, STORAGE).check(CORE);
  }

  @Test
  void rawIsAFormatLikeOthers() {
    usesNoneOfOursBut(RAW, API, SPI, STORAGE).check(CORE);
  }

  @Test
  void enginesUseTheApiAlone() {
    usesNoneOfOursBut("io.diskformat.transfer", API).check(CORE);
    usesNoneOfOursBut("io.diskformat.channel", API).check(CORE);
    usesNoneOfOursBut("io.diskformat.inspect", API).allowEmptyShould(true).check(CORE);
  }

  /** So that a room that is added gets its arrows here, too. */
  @Test
  void theseAreAllTheRooms() {
    List<String> known =
        List.of(
            API,
            "io.diskformat.channel",
            "io.diskformat.inspect",
            RAW,
            SPI,
            STORAGE,
            "io.diskformat.transfer");
    List<String> others =
        CORE.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> !name.isEmpty() && !known.contains(name))
            .distinct()
            .toList();
    assertEquals(List.of(), others);
  }

  @Test
  void nothingGoesRound() {
    hasNoCycles().check(CORE);
  }

  @Test
  void guavaIsNotSeen() {
    hidesGuava().check(CORE);
  }

  @Test
  void onlyWhatIsMadeForItIsExtended() {
    publicClassesAreClosed(LayeredDevice.class).check(CORE);
  }

  @Test
  void nothingIsPrinted() {
    isQuiet().check(CORE);
  }

  /** Only there are native calls made, so that all of it works without them. */
  @Test
  void nativeCallsAreInOnePlace() {
    noClasses()
        .that()
        .haveNameNotMatching("io\\.diskformat\\.storage\\.NativeIo(\\$.*)?")
        .should()
        .dependOnClassesThat(resideInAPackage("com.sun.jna.."))
        .check(CORE);
  }
}
