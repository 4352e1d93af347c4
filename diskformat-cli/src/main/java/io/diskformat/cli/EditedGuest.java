package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.inside.Disk;
import io.diskformat.inside.Edit;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The step of the demo that makes a template of a guest: its files are changed, without a kernel.
 */
final class EditedGuest {
  private final Narration narration;
  private final Path directory;

  EditedGuest(Narration narration, Path directory) {
    this.narration = narration;
    this.directory = directory;
  }

  void run() throws IOException {
    narration.step("Make a template of a guest", "Disk.of(image).edit(volume)");
    Path base = directory.resolve("guest.qcow2");
    Path overlay = directory.resolve("template.qcow2");
    GuestImage.write(base);
    String before = hash(base);
    DiskImages.create(
        overlay,
        CreateOptions.format("qcow2")
            .size(size(base))
            .option("backing_file", "guest.qcow2")
            .option("backing_fmt", "qcow2")
            .references(ReferencePolicy.sameDirectory()));
    OpenOptions writable =
        OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (DiskImage image = DiskImages.open(overlay, writable)) {
      Disk disk = Disk.of(image);
      narration.say(
          disk.volumes().stream()
              .map(volume -> volume.name() + ": " + volume.content().type())
              .collect(Collectors.joining(", ")));
      try (Edit edit = disk.edit(GuestImage.ROOT)) {
        change(edit);
        edit.commit();
      }
      show(disk);
    }
    narration.say(
        "its backing file: "
            + (before.equals(hash(base)) ? "as it was" : "changed")
            + "; check of the image: "
            + check(overlay));
  }

  private void change(Edit edit) throws IOException {
    Path rules = edit.getPath(GuestImage.RULES);
    long size = Files.size(rules);
    Path _ = Files.write(rules, new byte[0]);
    narration.say(rules.getFileName() + ": " + size + " bytes, then " + Files.size(rules));
    Path network = edit.getPath(GuestImage.NETWORK);
    String text = Files.readString(network);
    Path _ =
        Files.writeString(
            network,
            text.replace("ONBOOT=no", "ONBOOT=yes").replace("BOOTPROTO=none", "BOOTPROTO=dhcp"));
  }

  private void show(Disk disk) throws IOException {
    try (FileSystem files = disk.mount(GuestImage.ROOT)) {
      Path network = files.getPath(GuestImage.NETWORK);
      List<String> lines = Files.readAllLines(network);
      narration.say(
          network.getFileName()
              + ": "
              + lines.stream()
                  .filter(line -> line.startsWith("ONBOOT") || line.startsWith("BOOTPROTO"))
                  .collect(Collectors.joining(", ")));
    }
  }

  private static long size(Path image) throws IOException {
    try (BlockDevice device = DiskImages.open(image)) {
      return device.size();
    }
  }

  private static String hash(Path image) throws IOException {
    try (BlockDevice device = DiskImages.open(image)) {
      return ContentHash.sha256().of(device).hex();
    }
  }

  private static String check(Path image) throws IOException {
    OpenOptions options =
        OpenOptions.readOnly().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (ImageMaintenance maintained = DiskImages.maintain(image, options)) {
      return maintained.check().isClean() ? "no errors" : "errors";
    }
  }
}
