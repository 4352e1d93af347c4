package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The state that all files of one volume share. Thread-safe. */
final class FatVolume {
  private static final int MOST_WITHOUT_PARENT = 4096;

  private final DeviceBytes device;
  private final BootSector boot;
  private final Table table;
  private final Charset codePage;

  /** The directory in which each directory was found first. */
  private final Map<Long, Long> withoutParent = new ConcurrentHashMap<>();

  FatVolume(BlockDevice device, Charset codePage) throws IOException {
    this.device = new DeviceBytes(device);
    this.boot = BootSector.read(this.device);
    this.table = new Table(this.device, boot);
    this.codePage = codePage;
  }

  BlockDevice device() {
    return device.device();
  }

  DeviceBytes bytes() {
    return device;
  }

  BootSector boot() {
    return boot;
  }

  Table table() {
    return table;
  }

  /** Returns what short names are encoded in. */
  Charset codePage() {
    return codePage;
  }

  /**
   * Notes that a directory is about to be listed that does not say which other it is in.
   *
   * @param directory its first cluster
   * @param parent the first cluster of the other one
   * @throws CorruptImageException if it was found in another one before, or there are too many
   */
  void enterWithoutParent(long directory, long parent) throws CorruptImageException {
    Long first = withoutParent.putIfAbsent(directory, parent);
    if ((first != null && first != parent) || withoutParent.size() > MOST_WITHOUT_PARENT) {
      throw corrupt(
          "directory",
          -1,
          "that begins with cluster " + directory + " does not say which directory it is in");
    }
  }

  CorruptImageException corrupt(String structure, long position, String problem) {
    return device.corrupt(structure, position, problem);
  }
}
