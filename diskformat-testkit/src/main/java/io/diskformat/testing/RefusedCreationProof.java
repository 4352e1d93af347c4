package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that a creation which is refused leaves the file as it was, even one that can be written
 * in place only. A test class supplies creations that are refused.
 */
public abstract class RefusedCreationProof extends Proof {
  private static final byte[] OLD = {1, 2, 3};

  /** Creates a proof of a format. */
  protected RefusedCreationProof(FormatUnderTest format) {
    super(format);
  }

  /**
   * A creation that the format refuses.
   *
   * @param reason why it is refused, for the test's name
   * @param exception the class of the exception that says so
   * @param message a part of its message
   * @param options the options of the creation
   */
  public record Refusal(
      String reason, Class<? extends Exception> exception, String message, CreateOptions options) {
    @Override
    public String toString() {
      return reason;
    }
  }

  /** Returns creations that are refused, each by another part of the format. */
  protected abstract List<Refusal> refusals();

  /** The file is as it was. */
  @ParameterizedTest
  @MethodSource("refusals")
  public final void whatIsRefusedChangesNothing(Refusal refusal) throws IOException {
    Path file = Files.write(directory().resolve("disk.img"), OLD);
    HookedFiles hooked = new HookedFiles();
    hooked.hook((operation, done) -> {
      if (operation.equals("access[WRITE] .")) {
        throw new AccessDeniedException("on purpose");
      }
    });
    Path target = hooked.path(file);
    Exception thrown =
        assertThrows(
            refusal.exception, () -> DiskImages.create(target, refusal.options.replaceExisting()));
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.contains(refusal.message), message);
    assertArrayEquals(OLD, Files.readAllBytes(file));
  }
}
