package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.OpenChain;
import io.diskformat.OpenOptions;
import io.diskformat.ParentProposal;
import io.diskformat.ProgressListener;
import io.diskformat.RecordedReference;
import io.diskformat.ReferencePolicy;
import io.diskformat.SizeText;
import io.diskformat.maintenance.LayerCommit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The verb {@code commit}. */
final class CommitVerb extends ImageVerb {
  private final Argument base =
      option(
          "BASE", "Commit to this image below, with what those in between hold; implies -d.", "-b");
  private final Argument keep =
      flag("Leave the image as it is; otherwise it is emptied afterwards.", "-d");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument rate =
      option("RATE", "The most bytes of the disk to be gone over in a second.", "-r");
  private final Argument file = parameter("FILE", "The image.");

  CommitVerb() {
    super("commit", "Writes what an image holds to its backing file.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    ImageName named = image(file);
    List<MissingData> missing;
    try (Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      String limit = rate.value();
      ProgressListener listener =
          limit == null ? bar : new PacedProgress(bar, SizeText.parse(limit, "rate limit"));
      missing = base.value() == null ? commit(named, listener) : commitDownTo(named, listener);
    }
    Missing.report(terminal, missing);
    if (!quiet.isGiven()) {
      terminal.line("Image committed.");
    }
    return 0;
  }

  private List<MissingData> commit(ImageName named, ProgressListener listener) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(named.file(), writing(named))) {
      List<MissingData> missing = image.commit(listener);
      if (!keep.isGiven()) {
        image.empty();
      }
      return missing;
    }
  }

  /** Commits to the image's own backing file, or to one further below. */
  private List<MissingData> commitDownTo(ImageName image, ProgressListener listener)
      throws IOException {
    String wanted = base.required();
    Path path = image.file();
    OpenOptions options = withBase(path, wanted, writing(image));
    try (ImageMaintenance maintained = DiskImages.maintain(path, options)) {
      RecordedReference backing = maintained.info().backing().orElse(null);
      if (backing != null && mayBe(path, wanted, backing)) {
        return maintained.commit(listener);
      }
    }
    Path named = located(path, Path.of(wanted));
    try (OpenChain chain = DiskImages.openDownTo(path, named, options)) {
      return LayerCommit.run(chain.top(), chain.layers(), chain.base(), listener);
    }
  }

  /** Returns the file, beside the image if the name is relative and leads to none otherwise. */
  private static Path located(Path image, Path named) {
    Path beside = image.resolveSibling(named);
    return !Files.exists(named) && Files.exists(beside) ? beside : named;
  }

  /**
   * Allows the backing file that the user names, and proposes it where the image records no name.
   */
  private static OpenOptions withBase(Path image, String wanted, OpenOptions options) {
    Path top = image.toAbsolutePath();
    Path named = Path.of(wanted);
    return options
        .references(ReferencePolicy.images(located(image, named)).or(options.references()))
        .parents((parent, child) ->
            child.equals(top) && !wanted.equals(parent.label())
                ? ParentProposal.file(named)
                : options.parents().find(parent, child));
  }

  /**
   * Returns whether a file may be the backing file; the commit checks that if no name is recorded.
   */
  private static boolean mayBe(Path image, String wanted, RecordedReference backing)
      throws IOException {
    if (backing.resolvedName().isEmpty() || wanted.equals(backing.name())) {
      return true;
    }
    Path wantedPath = located(image, Path.of(wanted));
    Path own = Path.of(backing.resolvedName().get());
    return Files.exists(wantedPath) && Files.exists(own) && Files.isSameFile(wantedPath, own);
  }
}
