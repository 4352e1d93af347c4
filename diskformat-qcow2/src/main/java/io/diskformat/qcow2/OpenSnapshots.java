package io.diskformat.qcow2;

import io.diskformat.device.RevocableDevice;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.IoSupplier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The devices that read an image's snapshots, which end when their snapshot is deleted. */
final class OpenSnapshots {
  /** An open device and what it shows. */
  private record Reader(SnapshotTable.Entry snapshot, RevocableDevice device) {}

  private final List<Reader> readers = new ArrayList<>();

  /** Opens a device. */
  @FunctionalInterface
  interface Opening {
    RevocableDevice open(SnapshotTable.Entry snapshot) throws IOException;
  }

  /** Opens a device while no snapshot is deleted. */
  synchronized RevocableDevice open(IoSupplier<SnapshotTable.Entry> finding, Opening opening)
      throws IOException {
    SnapshotTable.Entry snapshot = finding.get();
    RevocableDevice device = opening.open(snapshot);
    readers.add(new Reader(snapshot, device));
    return device;
  }

  /** Forgets a device that is closed. */
  synchronized void closed(RevocableDevice device) {
    readers.removeIf(reader -> reader.device == device);
  }

  /**
   * Deletes a snapshot, whose clusters are still in use afterwards, and ends the devices that read
   * it.
   *
   * @param deletion marks it as deleted
   */
  synchronized void deleting(SnapshotTable.Entry snapshot, IoAction deletion) throws IOException {
    try {
      deletion.run();
    } finally {
      readers.removeIf(reader -> {
        boolean gone = reader.snapshot.isOf(snapshot);
        if (gone) {
          reader.device.revoke();
        }
        return gone;
      });
    }
  }
}
