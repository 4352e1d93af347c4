package io.diskformat.inside.content;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Finds out what volumes hold. */
public final class Contents {
  private static final List<Mark> MARKS = List.of(new LvmMark(), new ExtMark());

  private Contents() {}

  /**
   * Returns what a volume holds.
   *
   * @throws IOException if it cannot be read
   */
  public static Content of(BlockDevice volume) throws IOException {
    DeviceBytes bytes = new DeviceBytes(volume);
    for (Mark mark : MARKS) {
      Optional<Content> found = mark.find(bytes);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return Content.unknown();
  }
}
