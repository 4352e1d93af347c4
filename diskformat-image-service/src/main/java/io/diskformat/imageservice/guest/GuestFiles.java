package io.diskformat.imageservice.guest;

import io.diskformat.BlockDevice;
import io.diskformat.imageservice.GuestChange;
import io.diskformat.imageservice.GuestEditor;
import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.inside.Disk;
import io.diskformat.inside.Edit;
import io.diskformat.inside.GuestSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes files of a guest, whose volumes are found as its own {@code fstab} says. */
public final class GuestFiles implements GuestEditor {
  /** Of a file in which text is replaced, before and after, and of all of an edit, in bytes. */
  private static final long LARGEST = 16 << 20;

  /** Creates one, which keeps nothing. */
  public GuestFiles() {}

  @Override
  public void edit(BlockDevice device, @Nullable String volume, List<GuestChange> changes)
      throws IOException {
    Disk disk = Disk.of(device);
    try (Edit edit = volume == null ? edit(disk) : disk.edit(volume)) {
      long left = LARGEST;
      for (GuestChange change : changes) {
        Path path = edit.getPath(change.path());
        if (change.kind() == GuestChange.Kind.REPLACE) {
          left -= replace(path, change, left);
        } else {
          make(path, change);
        }
      }
      edit.commit();
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private static Edit edit(Disk disk) throws IOException {
    List<GuestSystem> systems = disk.systems();
    if (systems.size() != 1) {
      throw refused(
          "There are %d systems in the image: name a volume, one of %s"
              .formatted(systems.size(), disk.volumes().stream().map(one -> one.name()).toList()));
    }
    return disk.edit(systems.getFirst().mounts());
  }

  private static void make(Path path, GuestChange change) throws IOException {
    switch (change.kind()) {
      case WRITE -> {
        Path _ = Files.writeString(path, change.text());
      }
      case APPEND -> {
        Path _ =
            Files.writeString(
                path, change.text(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
      case REPLACE -> throw new IllegalArgumentException("made by itself");
      case REMOVE -> Files.delete(path);
      case DIRECTORY -> {
        Path _ = Files.createDirectories(path);
      }
    }
  }

  /**
   * Replaces text. What is no text stays what it is, since each byte is a letter of this character
   * set. The changes are in memory, and a short text may be replaced by a long one in many places.
   *
   * @param most how large the file may be, before and after, in bytes
   * @return how large it is now, or was, if that is more
   */
  private static long replace(Path path, GuestChange change, long most) throws IOException {
    long size = Files.size(path);
    if (size > most) {
      throw tooLarge(path);
    }
    String before = Files.readString(path, StandardCharsets.ISO_8859_1);
    String text = bytes(change.text());
    String by = bytes(change.by());
    long places = text.isEmpty() ? 0 : places(before, text);
    if (places == 0) {
      throw refused(path + " does not have the text that is to be replaced");
    }
    long after = before.length() + places * (by.length() - text.length());
    if (after > most) {
      throw tooLarge(path);
    }
    Path _ = Files.writeString(path, before.replace(text, by), StandardCharsets.ISO_8859_1);
    return Math.max(size, after);
  }

  private static long places(String all, String text) {
    long places = 0;
    for (int at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + text.length())) {
      places++;
    }
    return places;
  }

  private static ImageServiceException tooLarge(Path path) {
    return refused(
        path + ": the files in which text is replaced have more than " + LARGEST + " bytes");
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static ImageServiceException refused(String why) {
    return new ImageServiceException(Problem.INVALID, why);
  }
}
