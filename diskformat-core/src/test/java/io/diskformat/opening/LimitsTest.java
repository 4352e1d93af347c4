package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.LimitExceededException;
import io.diskformat.LimitExceededException.Limit;
import io.diskformat.Limits;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image demands no more than its caller allows. */
final class LimitsTest {
  private static final OpenOptions ANY = OpenOptions.readOnly().references(ReferencePolicy.any());

  @TempDir Path directory;
  private Path base;
  private Path middle;
  private Path top;

  @BeforeEach
  void create() throws IOException {
    base = Files.write(directory.resolve("base.img"), new byte[4096]);
    middle = ChainedFormat.write(directory.resolve("middle.img"), "base.img", "raw");
    top = ChainedFormat.write(directory.resolve("top.img"), "middle.img", "chained");
  }

  private static void open(Path image, Limits limits) throws IOException {
    DiskImages.open(image, ANY.limits(limits)).close();
  }

  private static void assertRefused(Limit limit, Path named, Path image, Limits limits) {
    LimitExceededException refusal =
        assertThrows(LimitExceededException.class, () -> open(image, limits));
    assertEquals(limit, refusal.limit());
    assertTrue(refusal.getMessage().startsWith(named + ": "), refusal.getMessage());
  }

  @Test
  void aDiskMayBeTooLarge() throws IOException {
    open(base, Limits.none().largestDisk(4096));
    open(top, Limits.none().largestDisk(4096));
    assertRefused(Limit.DISK, base, base, Limits.none().largestDisk(4095));
    // The lowest image is opened first.
    assertRefused(Limit.DISK, base, top, Limits.none().largestDisk(4095));
  }

  @Test
  void anImageThatIsRefusedIsClosed() throws IOException {
    assertRefused(Limit.DISK, base, base, Limits.none().largestDisk(1));
    try (DiskImage image = DiskImages.open(base, OpenOptions.writable().format("raw"))) {
      assertEquals(4096, image.size());
    }
  }

  @Test
  void aChainMayBeTooLong() throws IOException {
    open(top, Limits.none().longestChain(3));
    assertRefused(Limit.CHAIN, middle, top, Limits.none().longestChain(2));
    assertRefused(Limit.CHAIN, top, top, Limits.none().longestChain(1));
    open(base, Limits.none().longestChain(1));
  }

  @Test
  void nothingIsOpenedPastTheDeadline() throws IOException {
    assertRefused(Limit.DEADLINE, top, top, Limits.none().deadline(Instant.EPOCH));
    open(top, Limits.none().deadline(Instant.MAX));
  }

  @Test
  void maintenanceIsHeldAgainstLimitsToo() throws IOException {
    OpenOptions small = ANY.limits(Limits.none().largestDisk(4095));
    assertThrows(LimitExceededException.class, () -> DiskImages.maintain(base, small).close());
    OpenOptions late = ANY.limits(Limits.none().deadline(Instant.EPOCH));
    assertThrows(LimitExceededException.class, () -> DiskImages.maintain(base, late).close());
    OpenOptions enough = ANY.limits(Limits.none().largestDisk(4096).deadline(Instant.MAX));
    try (ImageMaintenance image = DiskImages.maintain(base, enough)) {
      assertEquals("raw", image.format());
      assertEquals(4096, image.info().virtualSize());
    }
  }

  @Test
  void aLimitMakesSense() {
    assertThrows(IllegalArgumentException.class, () -> Limits.none().longestChain(0));
    assertThrows(IllegalArgumentException.class, () -> Limits.none().largestDisk(-1));
    assertThrows(IllegalArgumentException.class, () -> Limits.none().largestMetadata(-1));
  }
}
