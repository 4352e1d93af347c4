package io.diskformat.inside.content;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.fat.BootSector;
import io.diskformat.inside.fat.UsedSpace;
import io.diskformat.inside.fat.VolumeLabel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/** The first sector of FAT. */
final class FatMark implements Mark {
  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (!BootSector.isMarked(volume)) {
      return Optional.empty();
    }
    BootSector boot;
    try {
      boot = BootSector.read(volume);
    } catch (DiskFormatException e) {
      // Its fields make no sense.
      return Optional.empty();
    }
    return Optional.of(
        new Content(
            "vfat",
            VolumeLabel.of(volume, boot, StandardCharsets.UTF_8),
            Texts.serial(boot.serial()),
            OptionalLong.of(boot.size()),
            UsedSpace.of(volume, boot)));
  }
}
