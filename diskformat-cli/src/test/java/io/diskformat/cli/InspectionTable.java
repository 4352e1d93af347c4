package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.diskformat.cli.InspectedSamples.Sample;
import io.diskformat.inspect.Finding;
import io.diskformat.inspect.ImageInspector;
import io.diskformat.inspect.Inspection;
import io.diskformat.inspect.InspectionRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.function.Executable;

/** The table of verdicts in the documentation, which says what the library does. */
final class InspectionTable {
  private InspectionTable() {}

  private static final Path TABLE = Path.of("..", "docs", "verdicts.md");

  /** What an image is refused for by OpenStack begins so. */
  private static final String UNSAFE = "unsafe";

  private static List<String[]> rows() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .takeWhile(line -> !line.startsWith("## "))
        .filter(line -> line.startsWith("| ") && !line.startsWith("| file "))
        .map(line -> line.substring(2).split(" \\| ", -1))
        .toList();
  }

  /** Returns what the documentation says of disks inside LUKS: the verdict, by the disk. */
  static Map<String, String> inside() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .dropWhile(line -> !line.startsWith("## "))
        .filter(line -> line.startsWith("| ") && !line.startsWith("| inside "))
        .map(line -> line.substring(2).split(" \\| ", -1))
        .collect(
            Collectors.toMap(
                row -> row[0],
                row -> row[1].equals("sane") ? "" : row[1].replace("`", ""),
                (one, other) -> one,
                LinkedHashMap::new));
  }

  /** Fails unless each sample is in the table, as it is inspected. */
  static void check(List<Sample> samples) throws IOException {
    List<Executable> checks = new ArrayList<>();
    List<String[]> rows = rows();
    assertEquals(
        samples.stream().map(Sample::toString).toList(), rows.stream().map(row -> row[0]).toList());
    for (int i = 0; i < rows.size(); i++) {
      String[] row = rows.get(i);
      Path file = samples.get(i).file();
      checks.add(() -> {
        Inspection found = ImageInspector.inspect(file, InspectionRules.strict());
        List<String> expected = List.of(row[0], row[2], row[3], row[4], row[5].strip());
        assertEquals(String.join(" | ", expected), String.join(" | ", cells(row[0], found)));
      });
    }
    assertAll(checks);
  }

  private static List<String> cells(String name, Inspection found) {
    boolean warned = found.isSane() && name.endsWith(".raw") && !found.findings().isEmpty();
    return List.of(
        name,
        found.format().orElseThrow(),
        bytes(found.decidedBy(), found),
        found.refusal().map(f -> "`" + f.rule() + "`").orElse(warned ? "sane, warned" : "sane"),
        found.refusal().map(finding -> proof(finding, found)).orElse(""));
  }

  /** Where a line of a descriptor ends depends on numbers in it that qemu-img makes at random. */
  private static String proof(Finding finding, Inspection found) {
    boolean isLine =
        finding.rule().equals("vmdk.extent-path") || finding.rule().equals("vmdk.parent");
    String bytes = bytes(OptionalLong.of(finding.provenBy()), found);
    return isLine && !bytes.equals("end") ? "its line" : bytes;
  }

  private static String bytes(OptionalLong number, Inspection found) {
    long bytes = number.orElseThrow();
    return bytes == found.length() ? "end" : String.valueOf(bytes);
  }

  /** Fails if a difference has no reason. */
  static void checkReasons() throws IOException {
    for (String[] row : rows()) {
      boolean refused = !row[4].startsWith("sane");
      boolean refusedThere = row[8].startsWith(UNSAFE) || row[8].startsWith("several");
      boolean explained = !row[9].replace("|", "").isBlank();
      assertFalse(refused != refusedThere && !explained, row[0]);
    }
  }
}
