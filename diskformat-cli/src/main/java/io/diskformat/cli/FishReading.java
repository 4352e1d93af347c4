package io.diskformat.cli;

import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The commands of guestfish that read files. */
final class FishReading {
  private static final int BUFFER = 1 << 16;
  private static final int LINES = 10;
  private static final int MOST_LINES = 1_000_000;

  private FishReading() {}

  /** Says whether something is so of a file. */
  @FunctionalInterface
  private interface Question {
    boolean ask(Path path);
  }

  private static FishCommand question(Question question) {
    return FishCommand.of(
        "PATH",
        (fish, all) ->
            fish.terminal().line(Boolean.toString(question.ask(fish.path(all.getFirst())))));
  }

  /** Says what kind of file there is. */
  @FunctionalInterface
  private interface KindQuestion {
    boolean ask(Path path, LinkOption... options);
  }

  private static FishCommand questionOfKind(KindQuestion question) {
    return new FishCommand(
        "PATH [followsymlinks:true]",
        1,
        2,
        (fish, all) -> {
          LinkOption[] options =
              FishCommand.isTrue(all.subList(1, all.size()), "followsymlinks")
                  ? new LinkOption[0]
                  : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
          boolean is = question.ask(fish.path(all.getFirst()), options);
          fish.terminal().line(Boolean.toString(is));
        });
  }

  static void addTo(Map<String, FishCommand> all) {
    all.put("cat", FishCommand.of("PATH", FishReading::cat));
    all.put("read-file", FishCommand.of("PATH", FishReading::cat));
    all.put("read-lines", FishCommand.of("PATH", FishReading::cat));
    all.put(
        "head", FishCommand.of("PATH", (fish, args) -> lines(fish, args.getFirst(), LINES, true)));
    all.put(
        "tail", FishCommand.of("PATH", (fish, args) -> lines(fish, args.getFirst(), LINES, false)));
    all.put(
        "head-n",
        FishCommand.of("COUNT PATH", (fish, args) -> lines(fish, args.get(1), count(args), true)));
    all.put(
        "tail-n",
        FishCommand.of("COUNT PATH", (fish, args) -> lines(fish, args.get(1), count(args), false)));
    all.put("ls", FishCommand.of("PATH", (fish, args) -> list(fish, args, false)));
    all.put("ll", FishCommand.of("PATH", (fish, args) -> list(fish, args, true)));
    all.put("find", FishCommand.of("PATH", FishReading::find));
    all.put(
        "readlink",
        FishCommand.of(
            "PATH",
            (fish, args) ->
                fish.print(Files.readSymbolicLink(fish.path(args.getFirst())).toString())));
    all.put(
        "realpath",
        FishCommand.of(
            "PATH",
            (fish, args) -> fish.print(fish.path(args.getFirst()).toRealPath().toString())));
    all.put(
        "filesize",
        FishCommand.of(
            "PATH",
            (fish, args) -> fish.print(Long.toString(Files.size(fish.path(args.getFirst()))))));
    all.put("exists", question(Files::exists));
    all.put("is-file", questionOfKind(Files::isRegularFile));
    all.put("is-dir", questionOfKind(Files::isDirectory));
    all.put("is-symlink", question(Files::isSymbolicLink));
    all.put(
        "checksum",
        FishCommand.of(
            "TYPE PATH",
            (fish, args) -> fish.print(FileChecksum.of(args.getFirst(), fish.path(args.get(1))))));
    all.put(
        "stat",
        FishCommand.of(
            "PATH",
            (fish, args) -> FileStatus.print(fish.terminal(), fish.path(args.getFirst()), true)));
    all.put(
        "lstat",
        FishCommand.of(
            "PATH",
            (fish, args) -> FileStatus.print(fish.terminal(), fish.path(args.getFirst()), false)));
    all.put(
        "equal",
        FishCommand.of(
            "PATH OTHER",
            (fish, args) -> {
              long at = Files.mismatch(fish.path(args.getFirst()), fish.path(args.get(1)));
              fish.terminal().line(Boolean.toString(at < 0));
            }));
    all.put(
        "du",
        FishCommand.of(
            "PATH",
            (fish, args) ->
                fish.print(Long.toString(StoredSize.kibibytes(fish.path(args.getFirst()))))));
    all.put(
        "glob-expand",
        FishCommand.of(
            "PATTERN",
            (fish, args) -> {
              for (String name : FishGlob.expand(fish, args.getFirst())) {
                fish.print(name);
              }
            }));
    all.put("download", FishCommand.of("PATH FILE", FishReading::download));
    all.put(
        "copy-out", new FishCommand("PATH... DIRECTORY", 2, FishCommand.ANY, FishReading::copyOut));
  }

  private static int count(List<String> arguments) {
    return (int)
        Math.min(MOST_LINES, Math.max(0, GuestChangeVerb.number(arguments.getFirst(), LINES)));
  }

  private static void cat(Fish fish, List<String> arguments) throws IOException {
    try (InputStream in = Files.newInputStream(fish.path(arguments.getFirst()))) {
      copy(in, fish);
    }
  }

  private static void copy(InputStream in, Fish fish) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n; (n = in.read(buffer)) > 0; ) {
      fish.terminal().write(buffer, n);
    }
  }

  private static void lines(Fish fish, String name, int count, boolean first) throws IOException {
    byte[] lines = FileLines.of(fish.path(name), count, first);
    fish.terminal().write(lines, lines.length);
  }

  private static void list(Fish fish, List<String> arguments, boolean detailed) throws IOException {
    new TreeListing(fish.terminal(), false, detailed, true).list(fish.path(arguments.getFirst()));
  }

  private static void find(Fish fish, List<String> arguments) throws IOException {
    Path top = fish.path(arguments.getFirst());
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> walk = Files.walk(top)) {
      walk.filter(path -> !path.equals(top))
          .forEach(path -> names.add(top.relativize(path).toString()));
    }
    for (String name : names) {
      fish.print(name);
    }
  }

  private static void download(Fish fish, List<String> arguments) throws IOException {
    try (InputStream in = Files.newInputStream(fish.path(arguments.getFirst()));
        OutputStream out = fish.output(arguments.get(1))) {
      long _ = in.transferTo(out);
    }
  }

  private static void copyOut(Fish fish, List<String> arguments) throws IOException {
    for (String name : arguments.subList(0, arguments.size() - 1)) {
      Path inside = fish.path(name);
      Path directory = Path.of(arguments.getLast());
      Path last = inside.normalize().getFileName();
      if (last != null && Files.isDirectory(inside)) {
        directory = directory.resolve(last.toString());
      }
      var report = TreeExtraction.of(inside).to(directory);
      if (!report.isComplete()) {
        fish.terminal().error(name + ": some files were left out");
      }
    }
  }
}
