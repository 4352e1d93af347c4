package io.diskformat.opening;

import io.diskformat.CreateOptions;
import io.diskformat.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The references of a new image, as its options name them: those that opening the image would
 * refuse whatever the policy are refused before any file is created.
 */
final class NewReferences {
  private static final String BACKING_FILE = "backing_file";
  private static final String BACKING_FORMAT = "backing_fmt";
  private static final String DATA_FILE = "data_file";

  private final String image;
  private final Optional<String> backing;
  private final Optional<String> backingFormat;
  private final Optional<String> data;

  /**
   * Takes the names from options.
   *
   * @param image its name in error messages
   */
  NewReferences(String image, CreateOptions options) {
    this.image = image;
    this.backing = options.option(BACKING_FILE);
    this.backingFormat = options.option(BACKING_FORMAT);
    this.data = options.option(DATA_FILE);
  }

  /**
   * Checks the form of the names.
   *
   * @throws IllegalArgumentException if no file of such a name is ever opened
   */
  void checkNames() {
    checkBacking(image, backing, backingFormat);
    if (data.isPresent()) {
      checkName(image, Reference.Kind.DATA_FILE, data.get(), ReferenceName.problem(data.get()));
    }
  }

  /**
   * Checks the form of the name of a backing file that an image is to record.
   *
   * @throws IllegalArgumentException if no file of such a name is ever opened
   */
  static void checkBacking(String image, Optional<String> name, Optional<String> format) {
    if (name.isPresent()) {
      Optional<String> problem = BackingName.problem(name.get(), format);
      checkName(image, Reference.Kind.BACKING_FILE, name.get(), problem);
    }
  }

  private static void checkName(
      String image, Reference.Kind kind, String name, Optional<String> problem) {
    if (problem.isPresent()) {
      throw unopenable(image, kind, name, problem.get());
    }
  }

  private static IllegalArgumentException unopenable(
      String image, Reference.Kind kind, String name, String problem) {
    return new IllegalArgumentException(
        image + ": " + kind + " \"" + name + "\" could not be opened: " + problem);
  }

  /**
   * Checks the files that the names lead to, as far as they exist.
   *
   * @param path where the image is to be
   * @throws IllegalArgumentException if the image would refer to itself, the backing file and the
   *     data file are one, or the backing file is no regular file
   */
  void checkFiles(Path path) throws IOException {
    Optional<Path> backingFile = backing.flatMap(name -> BackingName.locate(name, path));
    Optional<Path> dataFile = data.map(path::resolveSibling);
    requireOther(backingFile, path, "cannot be its own backing file");
    requireOther(dataFile, path, "cannot be its own data file");
    if (backingFile.isPresent()) {
      requireOther(
          dataFile, backingFile.get(), "cannot have one file as backing file and data file");
      requireRegular(backingFile.get(), backing.orElseThrow());
    }
  }

  /**
   * Checks a file that the image is to consist of as well, whatever options name.
   *
   * @param file where its name leads
   * @param name its name as the image is to record it
   * @param path where the image is to be
   * @throws IllegalArgumentException if no file of such a name is ever opened, or it is the image
   *     or the backing file
   */
  void checkNewFile(Path file, String name, Path path) throws IOException {
    checkName(image, Reference.Kind.EXTENT, name, ReferenceName.problem(name));
    Optional<Path> made = Optional.of(file);
    requireOther(made, path, "cannot have one file as image and \"" + name + "\"");
    Optional<Path> backingFile = backing.flatMap(given -> BackingName.locate(given, path));
    if (backingFile.isPresent()) {
      requireOther(
          made, backingFile.get(), "cannot have one file as backing file and \"" + name + "\"");
    }
  }

  private void requireOther(Optional<Path> file, Path other, String problem) throws IOException {
    if (file.isPresent() && isSame(file.get(), other)) {
      throw new IllegalArgumentException(image + ": " + problem);
    }
  }

  private static boolean isSame(Path one, Path other) throws IOException {
    if (Files.exists(one) && Files.exists(other)) {
      return Files.isSameFile(one, other);
    }
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  /** Refuses a block device too: it would be refused when the new image is opened. */
  private void requireRegular(Path file, String name) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw unopenable(
          image,
          Reference.Kind.BACKING_FILE,
          name,
          "it leads to " + file.toRealPath() + ", which is no regular file");
    }
  }
}
