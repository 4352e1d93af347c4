package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@code commit}. */
final class CommitVerb extends ImageVerb {
  private final Argument base =
      option("BASE", "Where to commit to, which must be the image's own backing file.", "-b");
  private final Argument keep =
      flag("Leave the image as it is; otherwise it is emptied afterwards.", "-d");
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument file = parameter("FILE", "The image.");

  CommitVerb() {
    super("commit", "Writes what an image holds to its backing file.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    Path path = Path.of(file.required());
    try (DiskImage image = DiskImages.open(path, maintaining(format()))) {
      checkBase(image.info().backing().orElse(null));
      try (Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
        image.commit(bar);
      }
      if (!keep.isGiven()) {
        image.empty();
      }
    }
    if (!quiet.isGiven()) {
      terminal.line("Image committed.");
    }
    return 0;
  }

  private void checkBase(ImageInfo.@Nullable Backing backing) throws IOException {
    String wanted = base.value();
    if (wanted == null || (backing != null && isSame(wanted, backing))) {
      return;
    }
    throw new IllegalArgumentException(
        file.required()
            + ": can be committed to its own backing file only, which \""
            + wanted
            + "\" is not");
  }

  private static boolean isSame(String wanted, ImageInfo.Backing backing) throws IOException {
    if (wanted.equals(backing.name())) {
      return true;
    }
    Path wantedPath = Path.of(wanted);
    Path own = backing.resolvedName().map(Path::of).orElse(wantedPath);
    return backing.resolvedName().isPresent()
        && Files.exists(wantedPath)
        && Files.exists(own)
        && Files.isSameFile(wantedPath, own);
  }
}
