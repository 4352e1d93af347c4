package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.Rebase;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The verb {@code rebase}. */
final class RebaseVerb extends ImageVerb {
  private final Argument backing =
      option("BASE", "The new backing file; an empty name is for none.", "-b");
  private final Argument backingFormat = option("BASEFMT", "The new backing file's format.", "-F");
  private final Argument unsafe =
      flag("Record only the name: the disk may become another one.", "-u");
  private final Argument compress = flag("Compress what is written to the image.", "-c");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument sourceCache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument file = parameter("FILE", "The image.");

  RebaseVerb() {
    super("rebase", "Gives an image another backing file, or none; its disk stays the same.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    CacheMode.check(sourceCache.value());
    ImageName named = image(file);
    Path path = named.file();
    String base = backing.value();
    if (base == null && !unsafe.isGiven()) {
      throw new IllegalArgumentException("rebase needs -b: the new backing file");
    }
    OpenOptions options = writing(named);
    Optional<Path> located =
        base == null || base.isEmpty() ? Optional.empty() : DiskImages.locateBacking(path, base);
    if (located.isPresent()) {
      options = options.references(ReferencePolicy.images(located.get()).or(policy()));
    }
    try (ImageMaintenance image = DiskImages.maintain(path, options);
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      image.rebase(rebase(base), bar);
    }
    return 0;
  }

  private Rebase rebase(@Nullable String base) {
    Rebase rebase = Rebase.ontoNothing();
    if (base != null && !base.isEmpty()) {
      String named = backingFormat.value();
      if (named == null) {
        throw new IllegalArgumentException(
            file.required()
                + ": could not change the backing file to '"
                + base
                + "': backing format must be specified, by -F");
      }
      rebase = Rebase.onto(base, named);
    }
    rebase = unsafe.isGiven() ? rebase.recordOnly() : rebase;
    return compress.isGiven() ? rebase.compress() : rebase;
  }
}
