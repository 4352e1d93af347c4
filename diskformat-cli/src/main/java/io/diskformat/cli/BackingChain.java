package io.diskformat.cli;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Describes an image and its backing files. Each is opened by itself and for its description alone,
 * so that images are described too whose disk cannot be read.
 */
final class BackingChain {
  /** As many as the library opens. */
  private static final int MAX_BACKING_FILES = 200;

  private final OpenOptions options;
  private final Set<Path> seen = new HashSet<>();

  /**
   * Begins.
   *
   * @param options how to open each image; the format is that of the first
   */
  BackingChain(OpenOptions options) {
    this.options = options;
  }

  /** Returns the image and its backing files, the image first. */
  List<ImageDescription> from(String file) throws IOException {
    List<ImageDescription> images = new ArrayList<>();
    String name = file;
    Path path = Path.of(file);
    OpenOptions opening = options;
    while (true) {
      seen.add(path.toRealPath());
      ImageInfo info;
      try (DiskImage image = DiskImages.open(path, opening)) {
        info = image.info();
      }
      ImageDescription description = new ImageDescription(name, info);
      images.add(description);
      if (info.backing().isEmpty()) {
        return images;
      }
      if (images.size() > MAX_BACKING_FILES) {
        throw new DiskFormatException(
            file + ": the chain of backing files is longer than " + MAX_BACKING_FILES);
      }
      ImageInfo.Backing backing = info.backing().get();
      Optional<ParentIdentity> parent = ParentIdentity.recordedIn(info);
      if (parent.isPresent()) {
        path = found(parent.get(), path, name, backing);
        name = path.toString();
      } else {
        path = target(path, name, backing);
        name = description.fullBackingName();
      }
      opening = backing.format().isEmpty() ? probing() : options.format(backing.format().get());
    }
  }

  /**
   * Returns the options without the format of the first image, which says nothing of the others.
   */
  private OpenOptions probing() {
    OpenOptions result = OpenOptions.readOnly().metadataOnly().references(options.references());
    return options.isShared() ? result.shared() : result;
  }

  /** Returns the file that a backing file's name leads to, if it may be opened. */
  private Path target(Path from, String image, ImageInfo.Backing backing) throws IOException {
    if (backing.resolvedName().isEmpty()) {
      throw denied(image, backing, "it is no plain file name");
    }
    Path named = Path.of(backing.resolvedName().get());
    Path target = named.normalize();
    boolean exists = true;
    try {
      target = named.toRealPath();
    } catch (NoSuchFileException e) {
      // Told only if the file might be opened.
      exists = false;
    }
    Reference reference =
        new Reference(Reference.Kind.BACKING_FILE, backing.name(), from.toAbsolutePath(), target);
    if (!options.references().allows(reference)) {
      throw denied(image, backing, "--references does not allow it");
    }
    if (!exists) {
      throw new NoSuchFileException(
          named.toString(), null, "no such file; " + image + " names it as its backing file");
    }
    if (!Files.isRegularFile(target)) {
      throw denied(image, backing, "it is no regular file");
    }
    checkNotSeen(target, image, backing);
    return target;
  }

  /** Returns the file of a parent that is recorded without a name. */
  private Path found(ParentIdentity parent, Path child, String image, ImageInfo.Backing backing)
      throws IOException {
    Path file =
        options
            .parents()
            .find(parent, child.toAbsolutePath())
            .orElseThrow(
                () -> denied(image, backing, "--references=same-directory looks beside the image"));
    checkNotSeen(file.toRealPath(), image, backing);
    return file;
  }

  private void checkNotSeen(Path target, String image, ImageInfo.Backing backing)
      throws DiskFormatException {
    if (seen.contains(target)) {
      throw new DiskFormatException(
          image + ": backing file \"" + backing.name() + "\" is already part of the chain");
    }
  }

  private static ReferenceDeniedException denied(
      String image, ImageInfo.Backing backing, String reason) {
    return new ReferenceDeniedException(
        image, Reference.Kind.BACKING_FILE.toString(), backing.name(), reason);
  }
}
