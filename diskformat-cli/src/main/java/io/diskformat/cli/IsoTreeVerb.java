package io.diskformat.cli;

import io.diskformat.filesystem.DiskFileSystems;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A verb that reads files of a disc. */
abstract class IsoTreeVerb extends ReadingVerb {
  private final Argument tree =
      option(
          "rockridge|udf|joliet|enhanced|plain",
          "Which of the trees of the disc to read. The best if not given.",
          "--tree");
  private final Argument session =
      option(
          "NUMBER",
          "Which of the sessions of the disc to read, counted from 1. The last if not given.",
          "--session");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument path =
      optionalParameter("PATH", "In the image. The root if it is not given.");

  IsoTreeVerb(String name, String description) {
    super(name, description);
  }

  @Override
  final int run(Terminal terminal) throws IOException {
    Map<String, String> choices = new HashMap<>();
    if (tree.isGiven()) {
      choices.put("tree", tree.required());
    }
    if (session.isGiven()) {
      choices.put("session", session.required());
    }
    ImageName named = image(file);
    String image = named.file().toString();
    try (FileSystem files = DiskFileSystems.open(named.file(), reading(named), choices)) {
      return act(terminal, files.getPath("/").resolve(path.valueOr("/")));
    } catch (FileSystemException e) {
      throw PathErrors.inside(image, e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Does what the verb says with a path inside of the image, and returns the exit status. */
  abstract int act(Terminal terminal, Path inside) throws IOException;
}
