package io.diskformat.cli;

import io.diskformat.inside.TarArchive;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The commands of guestfish that read and write archives. */
final class FishArchives {
  private static final int BUFFER = 1 << 16;
  private static final String COMPRESS = "compress:";

  private FishArchives() {}

  static void addTo(Map<String, FishCommand> all) {
    all.put(
        "tar-in",
        new FishCommand(
            "FILE DIRECTORY [compress:gzip]",
            2,
            FishCommand.ANY,
            (fish, args) -> in(fish, args, isCompressed(args))));
    all.put("tgz-in", FishCommand.of("FILE DIRECTORY", (fish, args) -> in(fish, args, true)));
    all.put(
        "tar-out",
        new FishCommand(
            "DIRECTORY FILE [compress:gzip] [numericowner:true]",
            2,
            FishCommand.ANY,
            (fish, args) -> out(fish, args, isCompressed(args))));
    all.put("tgz-out", FishCommand.of("DIRECTORY FILE", (fish, args) -> out(fish, args, true)));
  }

  private static boolean isCompressed(List<String> arguments) {
    boolean compressed = false;
    for (String option : arguments.subList(2, arguments.size())) {
      if (option.startsWith(COMPRESS)) {
        if (!option.equals(COMPRESS + "gzip")) {
          throw new IllegalArgumentException("archives are compressed by gzip or not at all");
        }
        compressed = true;
      } else if (!option.startsWith("numericowner:")) {
        // Owners are numbers in any case.
        throw new IllegalArgumentException("the option " + option + " is not supported");
      }
    }
    return compressed;
  }

  private static void in(Fish fish, List<String> arguments, boolean compressed) throws IOException {
    Path directory = fish.changes().directory(arguments.get(1));
    try (InputStream file = fish.input(arguments.getFirst());
        InputStream in =
            compressed
                ? new GZIPInputStream(file, BUFFER)
                : new BufferedInputStream(file, BUFFER)) {
      TarArchive.read(in, directory);
    }
  }

  private static void out(Fish fish, List<String> arguments, boolean compressed)
      throws IOException {
    Path directory = fish.path(arguments.getFirst());
    try (OutputStream file = new BufferedOutputStream(fish.output(arguments.get(1)), BUFFER);
        OutputStream out = compressed ? new GZIPOutputStream(file, BUFFER) : file) {
      TarArchive.write(directory, out);
    }
  }
}
