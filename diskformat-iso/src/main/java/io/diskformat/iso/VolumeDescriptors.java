package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The volume descriptors of a disc.
 *
 * @param trees those that a tree begins at, in their order
 * @param bootCatalog where that of El Torito is, in bytes, if there is one
 * @param last where the descriptor is that ends them, or -1
 */
record VolumeDescriptors(List<VolumeDescriptor> trees, OptionalLong bootCatalog, long last) {
  /** The most descriptors to read: about as many as Linux does. */
  static final int MOST = 100;

  private static final String EL_TORITO = "EL TORITO SPECIFICATION";
  private static final int BOOT_SYSTEM = 7;
  private static final int BOOT_CATALOG = 71;

  /**
   * Reads them. The last one may be missing.
   *
   * @param session the sector at which it begins
   * @throws CorruptImageException if there is no primary one, or one makes no sense
   * @throws IOException if they cannot be read
   */
  static VolumeDescriptors read(DeviceBytes disc, long session) throws IOException {
    List<VolumeDescriptor> trees = new ArrayList<>();
    OptionalLong bootCatalog = OptionalLong.empty();
    long last = -1;
    for (int i = 0; i < MOST; i++) {
      long position = VolumeDescriptor.FIRST + (session + i) * Disc.SECTOR;
      if (position + Disc.SECTOR > disc.size()) {
        break;
      }
      ByteBuffer bytes = disc.read(position, Disc.SECTOR, "volume descriptor");
      int type = Byte.toUnsignedInt(bytes.get(0));
      boolean marked = VolumeDescriptor.isMarked(bytes);
      if (!marked || type == VolumeDescriptor.TYPE_LAST) {
        last = marked ? position : -1;
        break;
      }
      if (VolumeDescriptor.isTree(bytes)) {
        trees.add(VolumeDescriptor.of(disc, position, bytes));
      }
      if (type == VolumeDescriptor.TYPE_BOOT && isElTorito(bytes) && bootCatalog.isEmpty()) {
        long sector = Integer.toUnsignedLong(bytes.getInt(BOOT_CATALOG));
        bootCatalog = OptionalLong.of(sector * Disc.SECTOR);
      }
    }
    VolumeDescriptors all = new VolumeDescriptors(List.copyOf(trees), bootCatalog, last);
    if (all.of(TreeKind.PLAIN).isEmpty()) {
      throw disc.corrupt(
          "volume descriptors", VolumeDescriptor.FIRST, "none of them is the primary one");
    }
    return all;
  }

  /** Returns whether a disc has any, of ISO 9660. */
  static boolean isMarked(DeviceBytes disc) throws IOException {
    return disc.size() >= VolumeDescriptor.FIRST + Disc.SECTOR
        && VolumeDescriptor.isMarked(disc.read(VolumeDescriptor.FIRST, 8, "volume descriptor"));
  }

  private static boolean isElTorito(ByteBuffer bytes) {
    for (int i = 0; i < EL_TORITO.length(); i++) {
      if (bytes.get(BOOT_SYSTEM + i) != EL_TORITO.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the first that a tree of this kind begins at; of Rock Ridge, none is known here. */
  Optional<VolumeDescriptor> of(TreeKind kind) {
    return trees.stream().filter(tree -> tree.kind() == kind).findFirst();
  }

  VolumeDescriptor primary() {
    return of(TreeKind.PLAIN).orElseThrow();
  }
}
