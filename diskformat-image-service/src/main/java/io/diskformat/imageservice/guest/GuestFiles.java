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
  /** What is read into memory, in bytes. */
  private static final long LARGEST = 16 << 20;

  /** Creates one, which keeps nothing. */
  public GuestFiles() {}

  @Override
  public void edit(BlockDevice device, @Nullable String volume, List<GuestChange> changes)
      throws IOException {
    Disk disk = Disk.of(device);
    try (Edit edit = volume == null ? edit(disk) : disk.edit(volume)) {
      for (GuestChange change : changes) {
        make(edit.getPath(change.path()), change);
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
      case REPLACE -> replace(path, change);
      case REMOVE -> Files.delete(path);
      case DIRECTORY -> {
        Path _ = Files.createDirectories(path);
      }
    }
  }

  /** What is no text stays what it is, since each byte is a letter of this character set. */
  private static void replace(Path path, GuestChange change) throws IOException {
    if (Files.size(path) > LARGEST) {
      throw refused(path + " is larger than " + LARGEST + " bytes");
    }
    String before = Files.readString(path, StandardCharsets.ISO_8859_1);
    String text = bytes(change.text());
    if (text.isEmpty() || !before.contains(text)) {
      throw refused(path + " does not have the text that is to be replaced");
    }
    Path _ =
        Files.writeString(
            path, before.replace(text, bytes(change.by())), StandardCharsets.ISO_8859_1);
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static ImageServiceException refused(String why) {
    return new ImageServiceException(Problem.INVALID, why);
  }
}
