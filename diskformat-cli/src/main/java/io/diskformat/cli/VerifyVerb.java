package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ImageInput;
import io.diskformat.Place;
import io.diskformat.transfer.Difference;
import io.diskformat.transfer.Manifest;
import io.diskformat.transfer.Places;
import io.diskformat.transfer.Verification;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb {@code verify}. */
final class VerifyVerb extends ReadingVerb {
  /** How many places are shown of one range. */
  private static final int MOST_PLACES = 100;

  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument snapshot = option("SNAPSHOT", "The disk of this snapshot.", "-l");
  private final PartitionOption partition = PartitionOption.of(this);
  private final Argument progress =
      flag("Show progress, on the standard error.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file = parameter("IMAGE", "The image.");
  private final Argument manifestFile = parameter("MANIFEST", "What manifest wrote.");

  VerifyVerb() {
    super(
        "verify",
        "Says whether an image's disk is still as it was when its manifest was written, which"
            + " ranges differ, and where in which file these are stored.");
    footer(
        "As IMAGE, - is the standard input: the bytes of the disk or, with -f, an image that is"
            + " read in one pass. Exit status: 0 if the disk is the same, 1 if it is not, 2 if it"
            + " could not be found out. The members of the object of --output=json are filename,"
            + " manifest, intact, complete (whether all differences are listed) and differences,"
            + " with start, length, kind (content, unreadable or size), problem (why it cannot be"
            + " read) and places: start, length, structure, depth and, if a file has it, filename,"
            + " offset and stored-length, which of compressed data are those of its stream.");
  }

  /** Status 1 says that the disk differs. */
  @Override
  int failureStatus() {
    return 2;
  }

  @Override
  int run(Terminal terminal) throws IOException {
    boolean json = OutputFormat.of(output.valueOr("human")) == OutputFormat.JSON;
    Manifest manifest = Manifest.open(Path.of(manifestFile.required()));
    try (Progress bar = Progress.besideResult(terminal, progress.isGiven() && !quiet.isGiven())) {
      Verification verification = Verification.by(manifest).progress(bar);
      if (file.required().equals(StandardStreams.NAME)) {
        Verification.Report report = runOnInput(verification);
        return show(report, null, json, terminal);
      }
      try (DiskImage image = open(image(file));
          BlockDevice disk = Snapshots.device(image, snapshot.value())) {
        BlockDevice device = partition.of(disk);
        Verification.Report report = verification.run(device);
        Missing.report(terminal, device);
        return show(report, device, json, terminal);
      }
    }
  }

  private Verification.Report runOnInput(Verification verification) throws IOException {
    if (snapshot.isGiven() || partition.isGiven()) {
      throw new IllegalArgumentException("- is read in one pass: without -l and --partition");
    }
    String format = format();
    if (format == null || format.equals("raw")) {
      return verification.run(Channels.newChannel(System.in), "standard input");
    }
    try (ImageInput input = StandardStreams.input(reading(image(StandardStreams.NAME, format)))) {
      return verification.run(input);
    }
  }

  private int show(
      Verification.Report report, @Nullable BlockDevice device, boolean json, Terminal terminal)
      throws IOException {
    if (json) {
      new Json(terminal).write(members(report, device));
    } else if (!quiet.isGiven()) {
      print(report, device, terminal);
    }
    return report.isIntact() ? 0 : 1;
  }

  private void print(Verification.Report report, @Nullable BlockDevice device, Terminal terminal)
      throws IOException {
    for (Difference difference : report.differences()) {
      terminal.line(
          "From "
              + difference.offset()
              + " to "
              + difference.end()
              + ", "
              + difference.length()
              + " bytes: "
              + text(difference));
      for (Place place : places(device, difference)) {
        terminal.line("  " + text(place));
      }
    }
    if (!report.isComplete()) {
      terminal.line("and more");
    }
    terminal.line(
        report.isIntact()
            ? "The disk is as in the manifest."
            : "The disk is not as in the manifest.");
  }

  private static String text(Difference difference) {
    return switch (difference.kind()) {
      case CONTENT -> "the content differs";
      case SIZE -> "the disk has another size";
      case UNREADABLE ->
          "cannot be read"
              + difference.problem().map(problem -> ": " + Terminal.printable(problem)).orElse("");
    };
  }

  private static String text(Place place) {
    String name = place.file();
    return place.offset()
        + "  "
        + place.structure()
        + (place.depth() == 0 ? "" : ", " + place.depth() + " below")
        + (name == null
            ? ""
            : ": "
                + place.storedLength()
                + " bytes at "
                + place.position()
                + " of "
                + Terminal.printable(name));
  }

  private static List<Place> places(@Nullable BlockDevice device, Difference difference)
      throws IOException {
    return device == null ? List.of() : Places.of(device, difference, MOST_PLACES);
  }

  private Map<String, Object> members(Verification.Report report, @Nullable BlockDevice device)
      throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("filename", file.required());
    members.put("manifest", manifestFile.required());
    members.put("intact", report.isIntact());
    members.put("complete", report.isComplete());
    List<Map<String, Object>> differences = new ArrayList<>();
    for (Difference difference : report.differences()) {
      Map<String, Object> range = new LinkedHashMap<>();
      range.put("start", difference.offset());
      range.put("length", difference.length());
      range.put("kind", difference.kind().name().toLowerCase(Locale.ROOT));
      difference.problem().ifPresent(problem -> range.put("problem", problem));
      if (device != null) {
        range.put("places", places(device, difference).stream().map(VerifyVerb::members).toList());
      }
      differences.add(range);
    }
    members.put("differences", differences);
    return members;
  }

  private static Map<String, Object> members(Place place) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("start", place.offset());
    members.put("length", place.length());
    members.put("structure", place.structure());
    members.put("depth", place.depth());
    String name = place.file();
    if (name != null) {
      members.put("filename", name);
      members.put("offset", place.position());
      members.put("stored-length", place.storedLength());
    }
    return members;
  }
}
