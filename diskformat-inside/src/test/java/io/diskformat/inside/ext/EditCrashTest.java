package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a crash leaves of an edit: any of its writes, and any of the sectors that were written
 * between two barriers. e2fsck repairs all of it without a question, and finds nothing then.
 */
class EditCrashTest {
  private static final int STATES = Integer.getInteger("diskformat.states", 2);
  private static final int EDITS = Integer.getInteger("diskformat.edits", 1);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "EXT3", "GROUP_CHECKSUMS", "MODERN", "MODERN_1K"})
  void isRepairedWithoutAQuestion(ExtFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(EditCrashTest.class, 1) + flavour.ordinal());
    byte[] before = make(flavour);
    for (int i = 0; i < EDITS; i++) {
      RecordedDevice device = edited(before, random);
      device.prefixes(this::assertRepaired);
      device.subsets(random, STATES, this::assertRepaired);
    }
  }

  private byte[] make(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path deep = Files.createDirectories(files.resolve("a/b/c"));
    for (int i = 0; i < 20; i++) {
      Files.write(files.resolve("file " + i), "x".repeat(i * 1500).getBytes(StandardCharsets.UTF_8));
      Files.write(deep.resolve("deep " + i), new byte[i * 900]);
    }
    Files.createLink(files.resolve("a/linked"), files.resolve("file 9"));
    Path image = directory.resolve("image");
    flavour.make(image, files, "8M");
    return Files.readAllBytes(image);
  }

  /** Makes an edit with a bit of everything. */
  private static RecordedDevice edited(byte[] before, Random random) throws IOException {
    RecordedDevice device = new RecordedDevice(before);
    Instant now = Instant.ofEpochSecond(1_750_000_000);
    try (ExtEdit edit = ExtEdit.of(device, now)) {
      TreeModel model = new TreeModel(random, edit.tree());
      model.change(edit, now, 1 + random.nextInt(20));
      edit.commit();
    }
    return device;
  }

  private void assertRepaired(String what, byte[] image) throws IOException {
    String problem = problem(image);
    assertEquals("", problem, what);
  }

  /** Returns what e2fsck does not repair, or finds then. */
  private String problem(byte[] image) throws IOException {
    Path file = Files.write(directory.resolve("state"), image);
    Oracle.Result repaired = Oracle.of("e2fsck").run("-fp", file);
    if (repaired.exitCode() > 1) {
      return repaired.toString();
    }
    return Edits.problem(file);
  }
}
