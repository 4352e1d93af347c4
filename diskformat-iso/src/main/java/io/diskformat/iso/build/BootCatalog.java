package io.diskformat.iso.build;

import io.diskformat.iso.disc.BootCatalogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The boot catalog of a new disc. The first entry is the one that a firmware boots that asks nobody;
 * each other one has a header of its own, which says whose it is ({@link BootCatalogEntry}).
 */
final class BootCatalog {
  private static final int MOST = BootCatalogEntry.most(DiscFields.BLOCK);
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
    List<BootCatalogEntry> entries = new ArrayList<>();
    for (Image image : images) {
      entries.add(recorded(image));
    }
    BootCatalogEntry.write(entries, to);
    return bytes;
  }

  private static BootCatalogEntry recorded(Image image) throws IOException {
    BootEntry entry = image.entry();
    return new BootCatalogEntry(
        entry.platform().number(),
        entry.id(),
        entry.bootable(),
        media(entry, image.extent()),
        entry.loadSegment(),
        image.systemType(),
        sectors(entry, image.extent().size()),
        image.extent().block());
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
