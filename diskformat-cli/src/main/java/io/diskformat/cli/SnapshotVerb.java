package io.diskformat.cli;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The verb {@code snapshot}. */
final class SnapshotVerb extends ReadingVerb {
  private final Argument list = flag("List the snapshots.", "-l", "--list");
  private final Argument create = option("NAME", "Take a snapshot.", "-c", "--create");
  private final Argument apply =
      option("SNAPSHOT", "Make the disk what it was when one was taken.", "-a", "--apply");
  private final Argument delete = option("NAME", "Delete a snapshot.", "-d", "--delete");
  private final Argument output = option("human|json", "How to write the list.", "--output");

  @SuppressWarnings("UnusedVariable") // nothing is said anyway, but scripts give it
  private final Argument quiet = flag("Say nothing, but for the list.", "-q", "--quiet");

  private final Argument file = parameter("FILE", "The image.");

  SnapshotVerb() {
    super("snapshot", "Lists, takes, applies or deletes the snapshots that are inside an image.");
    footer(
        "A snapshot to apply is named by its identifier or its name, one to delete by its name.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    long chosen = Stream.of(list, create, apply, delete).filter(Argument::isGiven).count();
    if (chosen > 1) {
      throw new IllegalArgumentException("Cannot mix '-l', '-a', '-c', '-d'");
    }
    ImageName named = image(file);
    Path path = named.file();
    if (create.isGiven() || apply.isGiven() || delete.isGiven()) {
      refuseSharing(create.isGiven() ? "-c" : apply.isGiven() ? "-a" : "-d");
      try (DiskImage image = DiskImages.open(path, writing(named))) {
        change(image);
      }
      return 0;
    }
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    try (DiskImage image = DiskImages.open(path, reading(named).metadataOnly())) {
      SnapshotList snapshots = new SnapshotList(image.info().snapshots());
      if (outputFormat == OutputFormat.JSON) {
        new Json(terminal).write(snapshots.toMaps());
      } else if (list.isGiven()) {
        snapshots.print(terminal);
      }
    }
    return 0;
  }

  private void change(DiskImage image) throws IOException {
    String created = create.value();
    String applied = apply.value();
    String deleted = delete.value();
    if (created != null) {
      Snapshot _ = image.createSnapshot(created);
    } else if (applied != null) {
      image.applySnapshot(applied);
    } else if (deleted != null) {
      image.deleteSnapshot(idOf(image.info(), deleted));
    }
  }

  /** Returns the identifier of the first snapshot of a name, which may be another's identifier. */
  private static String idOf(ImageInfo info, String name) throws DiskFormatException {
    List<Snapshot> named =
        info.snapshots().stream().filter(snapshot -> snapshot.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw new DiskFormatException(
          info.file() + ": could not delete snapshot '" + name + "': snapshot not found");
    }
    return named.getFirst().id();
  }
}
