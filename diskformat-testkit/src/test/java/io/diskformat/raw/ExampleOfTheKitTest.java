package io.diskformat.raw;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the kit's documentation shows is what is compiled and run here. */
final class ExampleOfTheKitTest {
  @Test
  void documentationShowsTheseClasses() throws IOException {
    String shown =
        Files.readString(Path.of("src/main/java/io/diskformat/testing/package-info.java"))
            .lines()
            .map(line -> line.replaceFirst("^ \\* ?", ""))
            .collect(Collectors.joining("\n"));
    for (String name : List.of("RawUnderTest", "RawFullDiskTest")) {
      String source = Files.readString(Path.of("src/test/java/io/diskformat/raw", name + ".java"));
      String body = source.substring(source.indexOf("final class")).strip();
      assertTrue(shown.contains(body), () -> name + " is not as the documentation shows it");
    }
  }
}
