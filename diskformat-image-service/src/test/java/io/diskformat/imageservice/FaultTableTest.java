package io.diskformat.imageservice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that the document of faults names are there. */
final class FaultTableTest {
  private static final Pattern TEST =
      Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|Contract|Services))?(?:\\.([a-z][A-Za-z]*))?`");

  @Test
  void everyTestThatIsNamedIsThere() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : new String[] {"../diskformat-image-service", "../diskformat-cli"}) {
      try (Stream<Path> files = Files.walk(Path.of(module, "src", "test", "java"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          String name = String.valueOf(file.getFileName()).replace(".java", "");
          String _ = sources.put(name, Files.readString(file));
        }
      }
    }
    Matcher matcher = TEST.matcher(Files.readString(Path.of("../docs/image-service-faults.md")));
    String last = "";
    int count = 0;
    while (matcher.find()) {
      // A method without a class is one of the class that was named before.
      last = matcher.group(1) == null ? last : matcher.group(1);
      String method = matcher.group(2);
      if (matcher.group(1) == null && method == null) {
        continue;
      }
      String source = sources.get(last);
      assertTrue(source != null, "there is no " + last);
      assertTrue(
          method == null || source.contains(" void " + method + "("), last + " has no " + method);
      count++;
    }
    assertTrue(count > 40, "tests named: " + count);
  }
}
