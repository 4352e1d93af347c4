package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the disk that a user names: an image's, or that of one of its snapshots. */
final class Snapshots {
  private static final String PREFIX = "snapshot.";
  private static final String ID = "snapshot.id";
  private static final String NAME = "snapshot.name";

  private Snapshots() {}

  /**
   * Returns the disk of a snapshot, or the image itself.
   *
   * @param snapshot an identifier or a name, or either or both of them as {@code
   *     snapshot.id=ID,snapshot.name=NAME}, or null for the image itself
   */
  static BlockDevice device(DiskImage image, @Nullable String snapshot) throws IOException {
    if (snapshot == null) {
      return image;
    }
    return image.openSnapshot(snapshot.startsWith(PREFIX) ? find(image, snapshot) : snapshot);
  }

  private static String find(DiskImage image, String parameter) throws IOException {
    Map<String, String> wanted = FormatOptions.parse(List.of(parameter));
    for (String key : wanted.keySet()) {
      if (!key.equals(ID) && !key.equals(NAME)) {
        throw new IllegalArgumentException(
            "-l takes " + ID + " and " + NAME + ", not \"" + key + "\"");
      }
    }
    for (Snapshot snapshot : image.info().snapshots()) {
      if (wanted.getOrDefault(ID, snapshot.id()).equals(snapshot.id())
          && wanted.getOrDefault(NAME, snapshot.name()).equals(snapshot.name())) {
        return snapshot.id();
      }
    }
    throw new DiskFormatException(image.info().file() + ": no snapshot with " + parameter);
  }
}
