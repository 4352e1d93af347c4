package io.diskformat;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.diskformat.testing.ArchitectureRules.checkCirclesOfClasses;
import static io.diskformat.testing.ArchitectureRules.hasNoCycles;
import static io.diskformat.testing.ArchitectureRules.hidesGuava;
import static io.diskformat.testing.ArchitectureRules.isQuiet;
import static io.diskformat.testing.ArchitectureRules.publicClassesAreClosed;
import static io.diskformat.testing.ArchitectureRules.usesNoneOfOursBut;
import static io.diskformat.testing.ArchitectureRules.usesOnlyErrorsOfTheApi;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.diskformat.device.StorageDevice;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.testing.ArchitectureRules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms of the house point one way. */
final class ArchitectureTest {
  private static final String API = "io.diskformat";
  private static final String SPI = "io.diskformat.spi";
  private static final String OPENING = "io.diskformat.opening";
  private static final String LAYER = "io.diskformat.layer";
  private static final String TABLE = "io.diskformat.table";
  private static final String DEVICE = "io.diskformat.device";
  private static final String MAINTENANCE = "io.diskformat.maintenance";
  private static final String STORAGE = "io.diskformat.storage";
  private static final String RAW = "io.diskformat.raw";
  private static final String TRANSFER = "io.diskformat.transfer";
  private static final String CHANNEL = "io.diskformat.channel";
  private static final String INSPECT = "io.diskformat.inspect";
  private static final String FILESYSTEM = "io.diskformat.filesystem";
  private static final String CRYPTO = "io.diskformat.crypto";
  private static final String PICTURE = "io.diskformat.picture";
  private static final String EVENT = "io.diskformat.event";
  private static final String LUKS = "io.diskformat.luks";
  private static final String ONEPASS = "io.diskformat.onepass";

  private static final JavaClasses CORE = ArchitectureRules.moduleOf(DiskImages.class);

  @Test
  void theApiUsesNothingButTheWayInDoes() {
    usesNoneOfOursBut(resideInAPackage(API).and(not(equivalentTo(DiskImages.class))), API)
        .check(CORE);
    usesNoneOfOursBut(API, SPI, OPENING, STORAGE).check(CORE);
  }

  @Test
  void storageUsesErrorsAlone() {
    usesNoneOfOursBut(STORAGE, API).check(CORE);
    usesOnlyErrorsOfTheApi(STORAGE).check(CORE);
  }

  @Test
  void whatAFormatImplementsUsesApiAndStorage() {
    usesNoneOfOursBut(SPI, API, STORAGE).check(CORE);
  }

  @Test
  void openingKnowsFormatsByTheSpiAlone() {
    usesNoneOfOursBut(OPENING, API, SPI, STORAGE, EVENT).check(CORE);
  }

  @Test
  void aLayerIsADeviceOverAStorage() {
    usesNoneOfOursBut(LAYER, API, DEVICE, STORAGE, EVENT).check(CORE);
  }

  @Test
  void tablesUseLayersStorageAndErrors() {
    usesNoneOfOursBut(TABLE, API, LAYER, STORAGE, EVENT).check(CORE);
    usesOnlyErrorsOfTheApi(TABLE).check(CORE);
  }

  @Test
  void devicesUseApiAndStorage() {
    usesNoneOfOursBut(DEVICE, API, STORAGE, EVENT).check(CORE);
  }

  @Test
  void maintenanceUsesLayersAndTables() {
    usesNoneOfOursBut(MAINTENANCE, API, LAYER, TABLE, STORAGE).check(CORE);
  }

  @Test
  void ciphersWorkOnStorages() {
    usesNoneOfOursBut(CRYPTO, API, STORAGE).check(CORE);
    usesOnlyErrorsOfTheApi(CRYPTO).check(CORE);
  }

  @Test
  void onePassUsesApiAndStorage() {
    usesNoneOfOursBut(ONEPASS, API, STORAGE).check(CORE);
  }

  @Test
  void luksIsAFormatLikeOthers() {
    usesNoneOfOursBut(LUKS, API, SPI, CRYPTO, DEVICE, STORAGE).check(CORE);
  }

  @Test
  void rawIsAFormatLikeOthers() {
    usesNoneOfOursBut(RAW, API, SPI, DEVICE, STORAGE, ONEPASS).check(CORE);
  }

  @Test
  void enginesUseApiAndDevicesAlone() {
    usesNoneOfOursBut(TRANSFER, API, DEVICE, EVENT).check(CORE);
    usesNoneOfOursBut(CHANNEL, API).check(CORE);
  }

  /** What has not been opened yet is looked at by the formats themselves. */
  @Test
  void inspectionKnowsFormatsByTheSpiAlone() {
    usesNoneOfOursBut(INSPECT, API, SPI, OPENING, DEVICE, STORAGE).check(CORE);
  }

  @Test
  void picturesAreOfDevices() {
    usesNoneOfOursBut(PICTURE, API, TRANSFER).check(CORE);
  }

  @Test
  void eventsUseNothing() {
    usesNoneOfOursBut(EVENT).check(CORE);
  }

  @Test
  void treesOfFilesAreReadFromDevices() {
    usesNoneOfOursBut(FILESYSTEM, API, CHANNEL, DEVICE).check(CORE);
  }

  /** So that a room that is added gets its arrows here, too. */
  @Test
  void theseAreAllTheRooms() {
    List<String> known =
        List.of(
            API,
            SPI,
            OPENING,
            LAYER,
            TABLE,
            DEVICE,
            MAINTENANCE,
            STORAGE,
            CRYPTO,
            EVENT,
            LUKS,
            ONEPASS,
            PICTURE,
            RAW,
            TRANSFER,
            CHANNEL,
            INSPECT,
            FILESYSTEM);
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

  /** What is listed is to go: this list only ever gets shorter. */
  @Test
  void noClassesGoRound() {
    checkCirclesOfClasses(CORE);
  }

  @Test
  void guavaIsNotSeen() {
    hidesGuava().check(CORE);
  }

  @Test
  void onlyWhatIsMadeForItIsExtended() {
    publicClassesAreClosed(LayeredDevice.class, StorageDevice.class).check(CORE);
  }

  @Test
  void nothingIsPrinted() {
    isQuiet().check(CORE);
  }

  /** The C library and libdeflate: only there are native calls made, so that all works without. */
  @Test
  void nativeCallsAreInTwoPlaces() {
    noClasses()
        .that()
        .haveNameNotMatching("io\\.diskformat\\.storage\\.(NativeIo|Libdeflate)(\\$.*)?")
        .should()
        .dependOnClassesThat(resideInAPackage("com.sun.jna.."))
        .check(CORE);
  }
}
