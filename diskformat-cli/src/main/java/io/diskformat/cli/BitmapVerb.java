package io.diskformat.cli;

import io.diskformat.BitmapChange;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.SizeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;

/** The verb {@code bitmap}. */
final class BitmapVerb extends ImageVerb {
  private final Argument add = flag("Make a bitmap that records writes from now on.", "--add");
  private final Argument remove = flag("Delete the bitmap.", "--remove");
  private final Argument clear = flag("Make the bitmap record nothing.", "--clear");
  private final Argument enable = flag("Make the bitmap record later writes.", "--enable");
  private final Argument disable = flag("Make the bitmap record no later writes.", "--disable");
  private final Argument merge =
      options(
          "SOURCE", "Add what this other bitmap records. May be given several times.", "--merge");
  private final Argument granularity =
      option(
          "SIZE", "How much of the disk a bit of a new bitmap stands for.", "-g", "--granularity");
  private final Argument sourceFile =
      option("FILE", "The image that has the bitmaps to be merged.", "-b", "--source-file");
  private final Argument sourceFormat =
      option("FMT", "That image's format.", "-F", "--source-format");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument name = parameter("BITMAP", "The name of the bitmap.");

  private List<String> given = List.of();

  BitmapVerb() {
    super("bitmap", "Changes a dirty bitmap, which records which parts of the disk were written.");
    footer("What is to be done is done in the order in which it is given.");
  }

  @Override
  List<String> withoutVerb(List<String> args) {
    given = args;
    return super.withoutVerb(args);
  }

  @Override
  int run(Terminal terminal) throws IOException {
    List<Action> actions = actions();
    if (actions.isEmpty()) {
      throw new IllegalArgumentException(
          "need at least one of --add, --remove, --clear, --enable, --disable, or --merge");
    }
    String grain = granularity.value();
    if (grain != null && !add.isGiven()) {
      throw new IllegalArgumentException("granularity only supported with --add");
    }
    if (sourceFile.isGiven() && !merge.isGiven()) {
      throw new IllegalArgumentException("merge bitmap source file only supported with --merge");
    }
    if (sourceFormat.isGiven() && !sourceFile.isGiven()) {
      throw new IllegalArgumentException("-F only supported with -b");
    }
    OptionalLong size =
        grain == null
            ? OptionalLong.empty()
            : OptionalLong.of(SizeText.parse(grain, "granularity"));
    ImageName named = image(file);
    try (ImageMaintenance image = DiskImages.maintain(named.file(), writing(named))) {
      for (Action action : actions) {
        run(action, size, named, image);
      }
    }
    return 0;
  }

  /**
   * Opens the image to merge from: perhaps the same one, as it is now, though it is being written.
   */
  private DiskImage source(ImageName own) throws IOException {
    String other = sourceFile.value();
    OpenOptions options = OpenOptions.readOnly();
    return other == null
        ? open(own, options.shared())
        : open(image(other, sourceFormat.value()), options);
  }

  private DiskImage open(ImageName image, OpenOptions options) throws IOException {
    return DiskImages.open(image.file(), with(options, image));
  }

  /** What is to be done once; {@code source} is what is merged. */
  private record Action(Argument kind, String source) {}

  /** Returns what is to be done, in the order in which it is given. */
  private List<Action> actions() {
    List<Argument> kinds = List.of(add, remove, clear, enable, disable, merge);
    List<Action> actions = new ArrayList<>();
    Iterator<String> sources = merge.values().iterator();
    for (int i = 0; i < given.size() && !given.get(i).equals("--"); i++) {
      String word = given.get(i);
      int end = word.indexOf('=') < 0 ? word.length() : word.indexOf('=');
      for (Argument kind : kinds) {
        if (end > 2 && kind.names().getFirst().startsWith(word.substring(0, end))) {
          boolean merges = kind.equals(merge);
          actions.add(new Action(kind, merges ? sources.next() : ""));
          // Its value is no action, whatever it looks like.
          i += merges && end == word.length() ? 1 : 0;
        }
      }
    }
    return actions;
  }

  private void run(Action action, OptionalLong size, ImageName own, ImageMaintenance image)
      throws IOException {
    String bitmap = name.required();
    Argument kind = action.kind;
    if (kind.equals(merge)) {
      try (DiskImage source = source(own)) {
        checkSizes(image.info().virtualSize(), source.size());
        image.change(new BitmapChange.Merge(bitmap, source.dirtyRanges(action.source)));
      }
    } else if (kind.equals(add)) {
      image.change(new BitmapChange.Add(bitmap, size, true));
    } else if (kind.equals(remove)) {
      image.change(new BitmapChange.Remove(bitmap));
    } else if (kind.equals(clear)) {
      image.change(new BitmapChange.Clear(bitmap));
    } else if (kind.equals(enable)) {
      image.change(new BitmapChange.Enable(bitmap));
    } else {
      image.change(new BitmapChange.Disable(bitmap));
    }
  }

  /** What one records of a disk says little of another one. */
  private void checkSizes(long own, long other) {
    if (own != other) {
      throw new IllegalArgumentException(
          "Operation merge on bitmap %s failed: Bitmaps are of different sizes (destination size is"
                  .formatted(name.required())
              + " %d, source size is %d) and can't be merged".formatted(own, other));
    }
  }
}
