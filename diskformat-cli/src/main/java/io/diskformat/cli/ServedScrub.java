package io.diskformat.cli;

import io.diskformat.SizeText;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.Scrubber;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The checks of stored images that go on beside a service, if they were asked for.
 *
 * @param scrubber makes them, or null
 */
record ServedScrub(@Nullable Scrubber scrubber) implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofHours(1);

  static ServedScrub start(ImageService service, @Nullable String rate) {
    return new ServedScrub(
        rate == null
            ? null
            : Scrubber.start(service, PAUSE, SizeText.parse(rate, "--scrub"), _ -> {}));
  }

  @Override
  public void close() {
    if (scrubber != null) {
      scrubber.close();
    }
  }
}
