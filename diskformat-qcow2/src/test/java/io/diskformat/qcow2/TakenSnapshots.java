package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;

/**
 * Snapshots that are taken, applied and deleted while the operations on the image's file are
 * counted, so that it is known which of them a power cut may leave, and what they hold.
 */
final class TakenSnapshots {
  /** When one was taken and deleted: the number of operations before and after that. */
  private static final class Taken {
    private final String name;
    private final int from;
    private byte[] content = new byte[0];
    private int there = Integer.MAX_VALUE;
    private int going = Integer.MAX_VALUE;
    private int gone = Integer.MAX_VALUE;

    private Taken(String name, int from) {
      this.name = name;
      this.from = from;
    }
  }

  private final List<Taken> all = new ArrayList<>();
  private IntSupplier clock;

  /** Begins to count. */
  void begin(IntSupplier operations) {
    clock = operations;
  }

  /** Returns whether {@link #begin} was called. */
  boolean isWorking() {
    return clock != null;
  }

  private List<Taken> present() {
    return all.stream().filter(taken -> taken.going == Integer.MAX_VALUE).toList();
  }

  /** Takes a snapshot, or deletes one; all that was written is durable. */
  void change(DiskImage disk, Random random) throws IOException {
    List<Taken> present = present();
    if (present.size() > 3 || (!present.isEmpty() && random.nextBoolean())) {
      Taken old = present.get(random.nextInt(present.size()));
      old.going = clock.getAsInt();
      disk.deleteSnapshot(old.name);
      old.gone = clock.getAsInt();
      return;
    }
    // No name is an identifier.
    Taken fresh = new Taken("s" + all.size(), clock.getAsInt());
    fresh.content = content(disk);
    all.add(fresh);
    disk.createSnapshot(fresh.name);
    fresh.there = clock.getAsInt();
    if (random.nextBoolean()) {
      disk.applySnapshot(fresh.name);
    }
  }

  private static byte[] content(BlockDevice device) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(device.size())];
    device.read(0, bytes);
    return bytes;
  }

  /** Fails unless an image has the snapshots that it must have after a cut. */
  void verify(DiskImage disk, int point) throws IOException {
    List<String> names = disk.info().snapshots().stream().map(Snapshot::name).toList();
    for (Taken taken : all) {
      boolean found = names.contains(taken.name);
      boolean may = taken.from <= point && point <= taken.gone;
      boolean must = taken.there <= point && point <= taken.going;
      if ((found && !may) || (!found && must)) {
        throw new AssertionError(taken.name + " is " + (found ? "there" : "lost"));
      }
      if (found) {
        try (BlockDevice device = disk.openSnapshot(taken.name)) {
          int at = Arrays.mismatch(taken.content, content(device));
          if (at >= 0) {
            throw new AssertionError(taken.name + " differs at " + at);
          }
        }
      }
    }
  }
}
