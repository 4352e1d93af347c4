import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Runs google-java-format over the Java sources below some directories, for the build.
 *
 * <pre>
 * Format.java check MARK DIRECTORY...   fails if a file is not formatted; looks only at files newer than MARK
 * Format.java apply DIRECTORY...        formats in place
 * </pre>
 */
final class Format {
  public static void main(String[] args) throws IOException {
    boolean check = args[0].equals("check");
    Path mark = check ? Path.of(args[1]) : null;
    FileTime start = FileTime.fromMillis(System.currentTimeMillis());
    FileTime since =
        check && Files.exists(mark) ? Files.getLastModifiedTime(mark) : FileTime.fromMillis(0);

    List<String> command = new ArrayList<>();
    command.addAll(check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
    int options = command.size();
    for (String directory : List.of(args).subList(check ? 2 : 1, args.length)) {
      command.addAll(sources(Path.of(directory), since));
    }
    if (command.size() == options) {
      return;
    }
    int status =
        ToolProvider.findFirst("google-java-format")
            .orElseThrow()
            .run(System.out, System.err, command.toArray(String[]::new));
    if (status != 0) {
      System.out.println(
          check ? "Not formatted: the files above. To format them: mvn -Pformat" : "Not formatted");
      System.exit(status);
    }
    if (check) {
      Files.createDirectories(mark.getParent());
      Files.write(mark, new byte[0]);
      Files.setLastModifiedTime(mark, start);
    }
  }

  private static List<String> sources(Path directory, FileTime since) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<String> sources = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Format::isOurs)::iterator) {
        if (file.toString().endsWith(".java")
            && Files.getLastModifiedTime(file).compareTo(since) >= 0) {
          sources.add(file.toString());
        }
      }
    }
    return sources;
  }

  /** Not what the build generates. */
  private static boolean isOurs(Path file) {
    for (Path name : file) {
      if (name.toString().equals("target")) {
        return false;
      }
    }
    return true;
  }
}
