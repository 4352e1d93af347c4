package io.diskformat.imageservice;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes files of the guest on a disk. Thread-safe. */
@FunctionalInterface
public interface GuestEditor {
  /**
   * Makes all changes, or none.
   *
   * @param disk is written to, and stays open
   * @param volume on which the files are, as {@code /dev/sda1}; null for those of the one system on
   *     the disk
   * @throws IOException if the disk makes no sense, or one of the changes cannot be made
   */
  void edit(BlockDevice disk, @Nullable String volume, List<GuestChange> changes)
      throws IOException;
}
