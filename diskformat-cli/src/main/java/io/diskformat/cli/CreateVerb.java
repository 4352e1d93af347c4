package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.SizeText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

/** The verb {@code create}. */
final class CreateVerb extends Verb {
  private static final String RAW = "raw";

  private final Argument format =
      option("FMT", "The image's format; raw if not given.", "-f", "--format");
  private final Argument options =
      options(
          "OPTIONS", "Options of the format: NAME=VALUE,...; help lists them.", "-o", "--options");
  private final Argument backing =
      option("BASE", "The backing file: the image is a difference to it.", "-b");
  private final Argument backingFormat = option("BASEFMT", "The backing file's format.", "-F");
  private final Argument unsafe =
      flag("Do not look whether there is such a backing file; SIZE must be given.", "-u");
  private final Argument objects =
      options(
          "OBJECT", "A passphrase: secret,id=ID,data=TEXT or secret,id=ID,file=FILE.", "--object");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument size =
      optionalParameter("SIZE", "The size of its disk, for example 1.5G.");

  CreateVerb() {
    super("create", "Makes an empty image. A file that is there already is replaced.");
  }

  @Override
  boolean needsParameters() {
    return !FormatOptions.askForHelp(options.values());
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String formatName = format.valueOr(RAW);
    if (!needsParameters()) {
      FormatOptions.printHelp(formatName, true, terminal);
      return 0;
    }
    Map<String, String> named = FormatOptions.parse(options.values());
    String name = file.required();
    Path path = Path.of(name);
    String base = BackingOptions.merge(named, backing.value(), backingFormat.value(), path);
    OptionalLong baseSize =
        base == null || unsafe.isGiven()
            ? OptionalLong.empty()
            : sizeOf(BackingOptions.locate(path, base), BackingOptions.format(named, path));
    String text = size.value();
    String sizeOption = named.remove(FormatOptions.SIZE);
    if (text != null && sizeOption != null) {
      throw new IllegalArgumentException(name + ": the size must be given only once");
    }
    if (text == null) {
      text = sizeOption;
    }
    if (text == null && baseSize.isEmpty()) {
      throw new IllegalArgumentException(name + ": no size given");
    }
    long bytes = text == null ? baseSize.getAsLong() : SizeText.parse(text, FormatOptions.SIZE);
    FormatOptions.checkSpelling(name, formatName, named);
    CreateOptions creating = CreateOptions.format(formatName).size(bytes).replaceExisting();
    for (Map.Entry<String, String> option : named.entrySet()) {
      creating = creating.option(option.getKey(), option.getValue());
    }
    if (!quiet.isGiven() && FormatOptions.areKnown(formatName, named)) {
      terminal.line(Terminal.printable(FormattingLine.of(name, formatName, named, bytes)));
      terminal.flush();
    }
    DiskImages.create(path, Secrets.of(objects.values()).with(creating, named));
    return 0;
  }

  /** Returns the size of the backing file's disk; opens no file that it names. */
  private static OptionalLong sizeOf(Path backing, String format) throws IOException {
    OpenOptions options = OpenOptions.readOnly().format(format).metadataOnly();
    try (DiskImage image = DiskImages.open(backing, options)) {
      return OptionalLong.of(image.size());
    }
  }
}
