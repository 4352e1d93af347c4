package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.inside.Disk;
import io.diskformat.inside.Edit;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The images of a guest and its mounted volumes. The images are opened for reading, and again for
 * writing before the first change. All changes are one edit, until it is committed or dropped.
 */
final class GuestSession implements Closeable {
  private final Opening opening;
  private final List<Added> images = new ArrayList<>();
  private final Map<String, Mount> mounts = new LinkedHashMap<>();
  private final List<BlockDevice> opened = new ArrayList<>();
  private @Nullable Disk disk;
  private @Nullable FileSystem reading;
  private @Nullable Edit edit;

  /** Opens images. */
  @FunctionalInterface
  interface Opening {
    BlockDevice open(Added image, boolean writing) throws IOException;
  }

  /**
   * An image.
   *
   * @param name as the user has it
   * @param format that was named, or null
   * @param readOnly whether it must not be changed
   */
  record Added(String name, @Nullable String format, boolean readOnly) {}

  /** A volume that is mounted. */
  record Mount(String volume, boolean readOnly) {}

  GuestSession(Opening opening) {
    this.opening = opening;
  }

  /** Adds an image; after the others if some are open already. */
  void add(Added image) throws IOException {
    if (disk != null) {
      throw new IllegalArgumentException("images are added before the first look at one");
    }
    images.add(image);
  }

  /** Returns the name of the first image, which errors name. */
  String name() {
    return images.isEmpty() ? "no image" : images.getFirst().name();
  }

  /** Returns the volumes that are mounted, by where. */
  Map<String, Mount> mounts() {
    return Collections.unmodifiableMap(mounts);
  }

  /** Opens the images, if that was not done yet. */
  Disk disk() throws IOException {
    return disk == null ? open(false) : disk;
  }

  /** Returns whether a file of the host is one of the images. */
  boolean isImage(String file) {
    return images.stream().anyMatch(image -> image.name().equals(file));
  }

  /** Returns the open images, which are /dev/sda and so on. */
  List<BlockDevice> images() throws IOException {
    Disk _ = disk();
    return List.copyOf(opened);
  }

  private Disk open(boolean writing) throws IOException {
    if (images.isEmpty()) {
      throw new IllegalArgumentException("no image is added");
    }
    boolean done = false;
    try {
      for (Added image : images) {
        opened.add(opening.open(image, writing));
      }
      Disk found = Disk.of(opened.toArray(BlockDevice[]::new));
      disk = found;
      done = true;
      return found;
    } finally {
      if (!done) {
        // The next use opens all of them again.
        closeImages();
      }
    }
  }

  /**
   * Mounts a volume. Changes that were made before are committed.
   *
   * @param place where
   */
  void mount(String volume, String place, boolean readOnly) throws IOException {
    commit();
    String name = disk().volume(volume).name();
    closeFiles();
    Mount before = mounts.putIfAbsent(place, new Mount(name, readOnly));
    if (before != null) {
      throw new IllegalArgumentException(before.volume() + " is mounted at " + place);
    }
    if (mounts.containsKey("/")) {
      boolean done = false;
      try {
        FileSystem _ = files();
        done = true;
      } finally {
        if (!done) {
          mounts.remove(place);
        }
      }
    }
  }

  /** Commits changes, and forgets what is mounted at a place, or of a volume. */
  void unmount(String placeOrVolume) throws IOException {
    commit();
    closeFiles();
    if (mounts.remove(placeOrVolume) == null) {
      String name = volumeName(placeOrVolume);
      if (!mounts.values().removeIf(mount -> mount.volume().equals(name))) {
        throw new IllegalArgumentException("nothing is mounted at " + placeOrVolume);
      }
    }
  }

  /** Returns a volume's own name, or what was given if there is none of that name. */
  private String volumeName(String given) throws IOException {
    if (mounts.isEmpty()) {
      return given;
    }
    try {
      return disk().volume(given).name();
    } catch (DiskFormatException e) {
      return given;
    }
  }

  /** Commits changes, and forgets all that is mounted. */
  void unmountAll() throws IOException {
    commit();
    closeFiles();
    mounts.clear();
  }

  private Map<String, String> volumes() {
    Map<String, String> volumes = new LinkedHashMap<>();
    mounts.forEach((place, mount) -> volumes.put(place, mount.volume()));
    if (!volumes.containsKey("/")) {
      throw new IllegalArgumentException("no volume is mounted at /");
    }
    return volumes;
  }

  /** Returns the files as they are now, to be read. */
  FileSystem files() throws IOException {
    if (edit != null) {
      return edit.files();
    }
    if (reading == null) {
      reading = disk().mount(volumes());
    }
    return reading;
  }

  /**
   * Returns the files, to be changed. Opens the images to be written first.
   *
   * @throws IllegalArgumentException if one is not to be changed
   */
  FileSystem changing() throws IOException {
    if (edit != null) {
      return edit.files();
    }
    Map<String, String> volumes = volumes();
    for (Mount mount : mounts.values()) {
      if (mount.readOnly()) {
        throw new IllegalArgumentException(mount.volume() + " is mounted to be read");
      }
    }
    for (Added image : images) {
      if (image.readOnly()) {
        throw new IllegalArgumentException(image.name() + ": was added to be read");
      }
    }
    closeImages();
    Edit begun = open(true).edit(volumes);
    edit = begun;
    return begun.files();
  }

  /** Writes all changes that were made since the last time. */
  void commit() throws IOException {
    Edit ending = edit;
    if (ending != null) {
      edit = null;
      try (ending) {
        ending.commit();
      } finally {
        closeImages();
      }
    }
  }

  /** Returns whether there are changes that were not committed. */
  boolean isChanging() {
    return edit != null;
  }

  private void closeFiles() throws IOException {
    FileSystem closing = reading;
    reading = null;
    if (closing != null) {
      closing.close();
    }
  }

  private void closeImages() throws IOException {
    closeFiles();
    disk = null;
    try {
      while (!opened.isEmpty()) {
        opened.removeLast().close();
      }
    } finally {
      if (!opened.isEmpty()) {
        closeImages();
      }
    }
  }

  /** Drops changes that were not committed, and closes the images. */
  @Override
  public void close() throws IOException {
    Edit dropped = edit;
    edit = null;
    if (dropped != null) {
      dropped.close();
    }
    closeImages();
  }
}
