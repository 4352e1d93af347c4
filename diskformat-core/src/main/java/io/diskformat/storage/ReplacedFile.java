package io.diskformat.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that another one is about to replace, kept under a second name until the replacement is
 * certain. The second name is that of a partial file, so that it is deleted like one if the process
 * is killed meanwhile.
 */
final class ReplacedFile {
  private final Path kept;
  private final Claim claim;

  private ReplacedFile(Path kept, Claim claim) {
    this.kept = kept;
    this.claim = claim;
  }

  /**
   * Keeps a file under a second name; returns null if the host does not support or allow links to
   * it.
   */
  static @Nullable ReplacedFile keep(Path target) {
    Path kept = PartialNames.beside(target);
    PartialNames.use(kept);
    ReplacedFile file;
    try {
      file = new ReplacedFile(kept, Claim.ofAny(target));
    } catch (IOException e) {
      PartialNames.forget(kept);
      return null;
    }
    try {
      Files.createLink(kept, target);
      return file;
    } catch (IOException | UnsupportedOperationException e) {
      // The link may exist although a failure was reported.
      file.forget();
      return null;
    }
  }

  /** Gives the file its old name again, atomically. */
  void putBack(Path target) throws IOException {
    Files.move(kept, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes the second name; if that fails, a later process will. */
  void forget() {
    try (claim) {
      Files.deleteIfExists(kept);
    } catch (IOException e) {
      // The replacement itself is complete.
    } finally {
      PartialNames.forget(kept);
    }
  }
}
