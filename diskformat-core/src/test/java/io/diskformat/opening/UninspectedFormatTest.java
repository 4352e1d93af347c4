package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImages;
import io.diskformat.inspect.ImageInspector;
import io.diskformat.inspect.Inspection;
import io.diskformat.inspect.InspectionRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An installed format that does not inspect images itself. */
final class UninspectedFormatTest {
  @TempDir private Path directory;

  /** What is opened as one format must not be judged as if it were a raw disk. */
  @Test
  void itsImagesAreNoRawDisks() throws IOException {
    String padding = "x".repeat(1000);
    for (String line : new String[] {"/etc/shadow", padding}) {
      Path image = ChainedFormat.write(directory.resolve("image"), line);
      assertEquals(Optional.of("chained"), DiskImages.probe(image));
      Inspection found = ImageInspector.inspect(image, InspectionRules.strict());
      assertEquals(Optional.of("chained"), found.format());
      assertTrue(found.has("foreign-format"), found.toString());
      found = ImageInspector.inspect(image, InspectionRules.strict().formats("raw"));
      assertTrue(found.has("format"), found.toString());
      found = ImageInspector.inspect(image, InspectionRules.strict().formats("chained"));
      assertTrue(found.isSane(), found.toString());
    }
  }
}
