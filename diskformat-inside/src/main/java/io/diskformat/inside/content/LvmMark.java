package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.lvm.PhysicalVolumeLabel;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** The label of a physical volume of LVM2. */
final class LvmMark implements Mark {
  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    return PhysicalVolumeLabel.find(volume)
        .map(label ->
            new Content(
                "LVM2_member",
                "",
                label.writtenId(),
                OptionalLong.of(label.size()),
                OptionalLong.empty()));
  }
}
