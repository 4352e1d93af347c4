package io.diskformat.imageservice;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** A check of many images, in which what several of them share is read once. Not thread-safe. */
public final class CheckRound {
  private final ImageService service;
  private final Caller caller;
  private final long rate;
  private final Map<Same, ImageReport> shared = new HashMap<>();

  /** What makes the reports of two images the same. */
  private record Same(SortedMap<String, String> blobs, @Nullable String format) {}

  private CheckRound(ImageService service, Caller caller, long rate) {
    this.service = service;
    this.caller = caller;
    this.rate = rate;
  }

  /**
   * Begins.
   *
   * @param caller who sees the images
   * @param rate how much is read in a second at most, in bytes
   */
  public static CheckRound begin(ImageService service, Caller caller, long rate) {
    return new CheckRound(service, caller, rate);
  }

  /**
   * Checks an image as {@link ImageService#check} does.
   *
   * @return nothing if it has no data
   */
  public Optional<ImageReport> check(ImageRecord image) throws IOException {
    StoredData data = image.data();
    if (data == null || !data.isShared()) {
      return service.check(caller, image.id(), rate);
    }
    Same same = new Same(data.blobs(), image.attributes().diskFormat());
    ImageReport known = shared.get(same);
    if (known != null) {
      return Optional.of(
          new ImageReport(
              image.id(), known.problems(), known.damaged(), known.damagedDisk(), List.of()));
    }
    Optional<ImageReport> report = service.check(caller, image.id(), rate);
    // A store that failed may answer for the next one.
    report
        .filter(found -> found.notChecked().isEmpty())
        .ifPresent(found -> shared.put(same, found));
    return report;
  }
}
