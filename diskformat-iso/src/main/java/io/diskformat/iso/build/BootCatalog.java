package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The boot catalog of El Torito. The first entry is the one that a firmware boots that asks nobody;
 * each other one has a header of its own, which says whose it is.
 *
 * <pre>
 * validation                       entry
 *  0  1  1                          0  1  88 bootable, 0 not
 *  1  1  platform                   1  1  media: 0 none, 1 to 3 floppy disk, 4 hard disk
 *  4 24  who made it                2  2  segment to load to
 * 28  2  makes the sum of all       4  1  type of the partition of a hard disk
 *        words of 2 bytes zero      6  2  how many sectors of 512 bytes to load
 * 30  2  55 AA                      8  4  block of the image
 *
 * header
 *  0  1  90, and 91 for the last one
 *  1  1  platform
 *  2  2  how many entries follow: 1
 *  4 28  who made it
 * </pre>
 */
final class BootCatalog {
  private static final int ENTRY = 32;
  private static final int MOST = (DiscFields.BLOCK - 2 * ENTRY) / (2 * ENTRY) + 1;
  private static final int HARD_DISK = 4;
  private static final int PARTITION_TYPE = 450;
  private static final long[] FLOPPIES = {1_228_800, 1_474_560, 2_949_120};

  private final List<Image> images = new ArrayList<>();

  private record Image(BootEntry entry, Extent extent, int systemType) {}

  /**
   * Adds an entry.
   *
   * @param image the content of its image
   * @throws IOException if the image cannot be what the entry says
   */
  void add(BootEntry entry, Extent extent, DiscContent image) throws IOException {
    if (images.size() == MOST) {
      throw new IOException("a boot catalog has room for " + MOST + " entries");
    }
    int systemType = 0;
    switch (entry.emulation()) {
      case FLOPPY -> media(entry, extent);
      case HARD_DISK -> systemType = Contents.byteAt(image, PARTITION_TYPE, entry.image());
      case NONE -> {}
    }
    images.add(new Image(entry, extent, systemType));
  }

  boolean isEmpty() {
    return images.isEmpty();
  }

  /** Returns the bytes, once the images have their places. */
  byte[] bytes() throws IOException {
    byte[] bytes = new byte[DiscFields.BLOCK];
    ByteBuffer to = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Image first = images.getFirst();
    to.put(0, (byte) 1);
    to.put(1, (byte) first.entry().platform().number());
    to.put(4, DiscFields.ascii(first.entry().id()));
    to.put(30, (byte) 0x55).put(31, (byte) 0xaa);
    int sum = 0;
    for (int at = 0; at < ENTRY; at += 2) {
      sum += to.getShort(at);
    }
    to.putShort(28, (short) -sum);
    put(to, ENTRY, first);
    int at = 2 * ENTRY;
    for (int i = 1; i < images.size(); i++) {
      Image image = images.get(i);
      to.put(at, (byte) (i == images.size() - 1 ? 0x91 : 0x90));
      to.put(at + 1, (byte) image.entry().platform().number());
      to.putShort(at + 2, (short) 1);
      to.put(at + 4, DiscFields.ascii(image.entry().id()));
      put(to, at + ENTRY, image);
      at += 2 * ENTRY;
    }
    return bytes;
  }

  private static void put(ByteBuffer to, int at, Image image) throws IOException {
    BootEntry entry = image.entry();
    to.put(at, (byte) (entry.bootable() ? 0x88 : 0));
    to.put(at + 1, (byte) media(entry, image.extent()));
    to.putShort(at + 2, (short) entry.loadSegment());
    to.put(at + 4, (byte) image.systemType());
    to.putShort(at + 6, (short) sectors(entry, image.extent().size()));
    to.putInt(at + 8, (int) image.extent().block());
  }

  /** UEFI takes 0 for all there is; a BIOS loads one sector of an emulated disk. */
  private static int sectors(BootEntry entry, long size) {
    if (entry.loadSectors().isPresent()) {
      return entry.loadSectors().getAsInt();
    }
    if (entry.emulation() != BootEntry.Emulation.NONE) {
      return 1;
    }
    long all = (size + 511) / 512;
    boolean fits = all <= 0xffff;
    return fits ? (int) all : entry.platform() == BootEntry.Platform.UEFI ? 0 : 0xffff;
  }

  private static int media(BootEntry entry, Extent extent) throws IOException {
    return switch (entry.emulation()) {
      case NONE -> 0;
      case HARD_DISK -> HARD_DISK;
      case FLOPPY -> {
        for (int i = 0; i < FLOPPIES.length; i++) {
          if (extent.size() == FLOPPIES[i]) {
            yield i + 1;
          }
        }
        throw new IOException(
            entry.image()
                + ": "
                + extent.size()
                + " bytes are no floppy disk of 1.2, 1.44 or 2.88 MB");
      }
    };
  }
}
