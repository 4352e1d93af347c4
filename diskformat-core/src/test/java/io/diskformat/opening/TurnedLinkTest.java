package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links that lead elsewhere once it was looked at where they lead. */
final class TurnedLinkTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("raw");

  @TempDir private Path temporary;

  /** Whoever may write the directory can turn a link round at any time. */
  @ParameterizedTest
  @ValueSource(strings = {"", "data:"})
  void whatWasAllowedIsOpenedWhereverTheNameLeadsByThen(String kind) throws IOException {
    Path directory = temporary.toRealPath();
    Path allowed = Files.write(directory.resolve("allowed.img"), new byte[4096]);
    Path secret = Files.write(directory.resolve("secret.img"), new byte[8192]);
    Path link = Files.createSymbolicLink(directory.resolve("link.img"), allowed);
    Path top = ChainedFormat.write(directory.resolve("top.img"), kind + "link.img", "raw");
    ReferencePolicy turning =
        reference -> {
          assertEquals(allowed, reference.target());
          Files.delete(link);
          Files.createSymbolicLink(link, secret);
          return true;
        };
    try (DiskImage disk = DiskImages.open(top, OpenOptions.readOnly().references(turning))) {
      assertEquals(kind.isEmpty() ? 4096 : 0, disk.size());
      DiskImages.open(secret, WRITABLE).close();
      assertThrows(ImageLockedException.class, () -> DiskImages.open(allowed, WRITABLE));
    }
  }
}
