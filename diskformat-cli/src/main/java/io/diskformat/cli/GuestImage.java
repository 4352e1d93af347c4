package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * A qcow2 image of a small guest: a partition for {@code /boot} and one with a group of logical
 * volumes, of which {@code /dev/vgsys/lvroot} has the files of its system. Both are ext4, made by
 * mke2fs; {@code SeedDisk} of the tests put them together.
 */
final class GuestImage {
  static final String ROOT = "/dev/vgsys/lvroot";
  static final String RULES = "/etc/udev/rules.d/70-persistent-net.rules";
  static final String NETWORK = "/etc/sysconfig/network-scripts/ifcfg-eth0";

  private GuestImage() {}

  /** Writes the image to a new file. */
  static void write(Path file) throws IOException {
    InputStream resource = GuestImage.class.getResourceAsStream("guest.qcow2.gz");
    if (resource == null) {
      throw new IOException("the tool's own image of a guest is missing from its jar");
    }
    try (InputStream image = new GZIPInputStream(resource)) {
      DemoFile.make(
          file,
          channel -> {
            long _ = image.transferTo(Channels.newOutputStream(channel));
          });
    }
  }
}
