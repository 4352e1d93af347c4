package io.diskformat.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.IoSupplier;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is wrong below is a corruption, and what keeps it from being looked at is none. */
final class ChainCheckTest {
  private final DiskImage below = raw();

  private static DiskImage raw() {
    try {
      return DiskImages.open(
          MemoryStorage.of("below", new byte[512]), OpenOptions.readOnly().format("raw"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static CheckReport failing(IOException failure) {
    return run(
        () -> {
          throw failure;
        },
        _ -> Optional.empty());
  }

  private static CheckReport run(IoSupplier<DiskImage> opening, ChainCheck.Identity identity) {
    CheckReport.Builder report = new CheckReport.Builder();
    ChainCheck.run("backing file", opening, identity, report);
    return report.build();
  }

  @Test
  void theRightImageIsClosedAgain() {
    assertTrue(run(() -> below, _ -> Optional.empty()).isClean());
    assertThrows(ImageClosedException.class, () -> below.read(0, new byte[1]));
  }

  @Test
  void anotherImageIsACorruption() {
    CheckReport report =
        run(() -> below, image -> Optional.of(new Mismatch(image + " is new", "an old one")));
    assertEquals(1, report.corruptions());
    assertEquals(
        "backing file: below is new, expected an old one", report.problems().get(0).toString());
    assertThrows(ImageClosedException.class, () -> below.read(0, new byte[1]));
  }

  @Test
  void anotherImageIsClosedAndTheRightOneIsNot() throws IOException {
    assertEquals(below, ChainCheck.require("child", below, _ -> Optional.empty()));
    assertEquals(512, below.size());
    ChainCheck.Identity another =
        image -> Optional.of(new Mismatch(image + " is new", "an old one"));
    DiskFormatException e =
        assertThrows(DiskFormatException.class, () -> ChainCheck.require("child", below, another));
    assertEquals(
        "child: its parent is not the right one: below is new, expected an old one",
        e.getMessage());
    assertThrows(ImageClosedException.class, () -> below.read(0, new byte[1]));
  }

  @Test
  void whatIsDamagedIsACorruption() {
    for (IOException failure :
        List.of(
            new CorruptImageException("x", "L1", 7, "ends"), new DiskFormatException("x: no"))) {
      CheckReport report = failing(failure);
      assertEquals(1, report.corruptions());
      assertEquals(0, report.checkErrors());
      assertEquals(
          "backing file: cannot be read ("
              + failure.getMessage()
              + "), expected a sound chain of"
              + " images",
          report.problems().get(0).toString());
    }
  }

  @Test
  void whatCannotBeLookedAtIsAFailureOfTheCheck() {
    for (IOException failure :
        List.of(
            new ReferenceDeniedException(
                "x", "backing file", "y", ReferenceDeniedException.Reason.POLICY, "it is not"),
            new ImageLockedException("x: locked"),
            new UnsupportedFeatureException("x", "bit 5"),
            new NoSuchFileException("y", null, "no such file"),
            new AccessDeniedException("y"),
            new IOException())) {
      CheckReport report = failing(failure);
      assertEquals(0, report.corruptions(), failure::toString);
      assertEquals(1, report.checkErrors());
      String problem = report.problems().get(0).toString();
      assertTrue(problem.startsWith("backing file: not checked ("), problem);
      assertTrue(problem.endsWith("), expected one that can be opened"), problem);
    }
  }

  /** Of some the message is a file's name and no more. */
  @Test
  void theReasonIsSaid() {
    String denied = failing(new AccessDeniedException("y")).problems().get(0).toString();
    assertTrue(denied.contains("AccessDenied") && denied.contains("y"), denied);
    String none = failing(new IOException()).problems().get(0).toString();
    assertTrue(none.contains("IOException"), none);
  }
}
