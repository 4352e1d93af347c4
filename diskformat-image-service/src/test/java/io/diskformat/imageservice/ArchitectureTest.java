package io.diskformat.imageservice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** The service knows no transport, no store and no format by name. */
final class ArchitectureTest {
  @Test
  void arrowsPointOneWay() {
    JavaClasses classes =
        new ClassFileImporter()
            .importUrl(ImageService.class.getProtectionDomain().getCodeSource().getLocation());
    noClasses()
        .that()
        .resideInAPackage("io.diskformat.imageservice")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.diskformat.imageservice.*..", "com.sun..", "com.google..", "io.diskformat.qcow2..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("io.diskformat.imageservice.http")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.diskformat.imageservice.file", "io.diskformat.storage..")
        .check(classes);
  }
}
