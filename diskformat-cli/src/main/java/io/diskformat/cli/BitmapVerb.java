package io.diskformat.cli;

import io.diskformat.BitmapChange;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.SizeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
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
    List<Argument> actions = actions();
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
    OptionalLong size =
        grain == null
            ? OptionalLong.empty()
            : OptionalLong.of(SizeText.parse(grain, "granularity"));
    ImageName named = image(file);
    try (ImageMaintenance image = DiskImages.maintain(named.file(), writing(named))) {
      for (Argument action : actions) {
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

  /** Returns what is to be done, in the order in which it is given for the first time. */
  private List<Argument> actions() {
    List<Argument> actions = new ArrayList<>(List.of(add, remove, clear, enable, disable, merge));
    actions.removeIf(action -> !action.isGiven());
    actions.sort(Comparator.comparingInt(this::firstGiven));
    return actions;
  }

  private int firstGiven(Argument action) {
    for (int i = 0; i < given.size(); i++) {
      String word = given.get(i);
      int end = word.indexOf('=') < 0 ? word.length() : word.indexOf('=');
      if (end > 2 && action.names().getFirst().startsWith(word.substring(0, end))) {
        return i;
      }
    }
    return given.size();
  }

  private void run(Argument action, OptionalLong size, ImageName own, ImageMaintenance image)
      throws IOException {
    String bitmap = name.required();
    if (action.equals(merge)) {
      for (String merged : merge.values()) {
        try (DiskImage source = source(own)) {
          image.change(new BitmapChange.Merge(bitmap, source.dirtyRanges(merged)));
        }
      }
    } else if (action.equals(add)) {
      image.change(new BitmapChange.Add(bitmap, size, true));
    } else if (action.equals(remove)) {
      image.change(new BitmapChange.Remove(bitmap));
    } else if (action.equals(clear)) {
      image.change(new BitmapChange.Clear(bitmap));
    } else if (action.equals(enable)) {
      image.change(new BitmapChange.Enable(bitmap));
    } else {
      image.change(new BitmapChange.Disable(bitmap));
    }
  }
}
