package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.inside.FreeSpace;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb {@code sparsify}. */
final class SparsifyVerb extends ReadingVerb {
  private final Argument targetFormat =
      option("FMT", "The new image's format; that of the old one if not given.", "--convert", "-O");
  private final Argument options =
      options("OPTIONS", "Options of the new image, OPTION=VALUE,...", "-o");
  private final Argument compress = flag("Compress the new image.", "--compress", "-c");
  private final Argument ignored =
      options("VOLUME", "A volume to be left as it is; may be given several times.", "--ignore");
  private final Argument inPlace =
      flag("Discard what is free in the image itself, and make no other.", "--in-place");
  private final Argument json = flag("Say what was free in JSON.", "--json");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument more = furtherParameters("NEW", "The new image, unless --in-place.");

  SparsifyVerb() {
    super(
        "sparsify",
        "Copies an image without what the file systems of its guest do not use: of ext2, ext3,"
            + " ext4, XFS and FAT, free blocks become holes. A file that is there already is"
            + " replaced.");
    synopsis("FILE [NEW]");
    footer(
        "A file system that was not unmounted, that is damaged, or that is of another kind is"
            + " copied as it is, which is said. --json writes a list of objects with volume, type,"
            + " free (in bytes), and problem, if it was left as it is.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    List<String> targets = more.values();
    if (targets.size() != (inPlace.isGiven() ? 0 : 1)) {
      throw new IllegalArgumentException(
          inPlace.isGiven()
              ? "--in-place takes one image, and makes no other"
              : "sparsify needs FILE and NEW, or --in-place; " + whereHelpIs());
    }
    return inPlace.isGiven() ? discard(terminal) : copy(Path.of(targets.getFirst()), terminal);
  }

  private int discard(Terminal terminal) throws IOException {
    if (targetFormat.isGiven() || options.isGiven() || compress.isGiven()) {
      throw new IllegalArgumentException("--in-place makes no new image, so it has no options");
    }
    refuseSharing("--in-place");
    ImageName named = image(file);
    try (DiskImage image = DiskImages.open(named.file(), writing(named))) {
      FreeSpace space = FreeSpace.of(new HashSet<>(ignored.values()), image);
      space.discard();
      report(space, terminal);
    }
    return 0;
  }

  private int copy(Path target, Terminal terminal) throws IOException {
    Map<String, String> named = FormatOptions.parse(options.values());
    try (DiskImage image = open(image(file));
        Progress bar =
            new Progress(terminal, progress.isGiven() && !quiet.isGiven() && !json.isGiven())) {
      FreeSpace space = FreeSpace.of(new HashSet<>(ignored.values()), image);
      Conversion conversion = Conversion.from(space.without(0)).progress(bar);
      if (compress.isGiven()) {
        conversion = conversion.compress();
      }
      conversion.to(target, creating(target, image, named)).run();
      report(space, terminal);
      Missing.report(terminal, image);
    }
    return 0;
  }

  private CreateOptions creating(Path target, DiskImage image, Map<String, String> named)
      throws IOException {
    @Nullable String chosen = targetFormat.value();
    String format = chosen == null ? image.info().format() : chosen;
    FormatOptions.checkSpelling(target.toString(), format, named);
    CreateOptions creating = CreateOptions.format(format).replaceExisting();
    for (Map.Entry<String, String> option : named.entrySet()) {
      creating = creating.option(option.getKey(), option.getValue());
    }
    return secrets().with(creating, named);
  }

  private void report(FreeSpace space, Terminal terminal) throws IOException {
    if (quiet.isGiven()) {
      return;
    }
    if (json.isGiven()) {
      new Json(terminal).write(space.volumes().stream().map(SparsifyVerb::members).toList());
      return;
    }
    for (FreeSpace.OfVolume volume : space.volumes()) {
      terminal.line(
          "%s: %s, %s"
              .formatted(
                  Terminal.printable(volume.name()),
                  Terminal.printable(volume.type()),
                  volume.problem().isEmpty()
                      ? Sizes.human(volume.bytes()) + " (" + volume.bytes() + " bytes) free"
                      : "left as it is: " + Terminal.printable(volume.problem())));
    }
  }

  private static Map<String, Object> members(FreeSpace.OfVolume volume) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("volume", volume.name());
    members.put("type", volume.type());
    members.put("free", volume.bytes());
    if (!volume.problem().isEmpty()) {
      members.put("problem", volume.problem());
    }
    return members;
  }
}
