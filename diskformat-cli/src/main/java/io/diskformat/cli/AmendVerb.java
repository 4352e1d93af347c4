package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import java.io.IOException;
import java.util.Map;

/** The verb {@code amend}. */
final class AmendVerb extends ImageVerb {
  private final Argument options =
      options("NAME=VALUE,...", "Options of the image, and their new values.", "-o");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument force =
      flag("Taken, and allows nothing more: the last passphrase stays, and one in use.", "--force");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument file = parameter("FILE", "The image.");

  AmendVerb() {
    super("amend", "Changes options that an image was created with.");
    footer(
        "Of a qcow2 image, these are compat, lazy_refcounts, refcount_bits, size, data_file and"
            + " data_file_raw (only to off). Of one that is encrypted by LUKS, and of a LUKS file"
            + " without \"encrypt.\", encrypt.state=active adds the passphrase that"
            + " encrypt.new-secret=ID names (to encrypt.keyslot=N; trying it takes"
            + " encrypt.iter-time=MILLISECONDS), and encrypt.state=inactive removes that of"
            + " encrypt.old-secret=ID, or of encrypt.keyslot=N.");
  }

  /** The format's name is enough to list its options. */
  @Override
  boolean needsParameters() {
    return format() == null || !FormatOptions.askForHelp(options.values());
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (FormatOptions.askForHelp(options.values())) {
      String named = format();
      AmendedOptions.print(
          named == null ? DiskImages.probe(image(file).file()).orElse("raw") : named, terminal);
      return 0;
    }
    CacheMode.check(cache.value());
    boolean _ = force.isGiven();
    ImageName named = image(file);
    if (!options.isGiven()) {
      throw new IllegalArgumentException("Must specify options (-o)");
    }
    Map<String, String> given = FormatOptions.parse(options.values());
    KeySlotChange keys = KeySlotChange.of(given, secrets());
    try (ImageMaintenance image = DiskImages.maintain(named.file(), writing(named));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      keys.on(image);
      if (!given.isEmpty()) {
        image.amend(given, bar);
      }
    }
    return 0;
  }
}
