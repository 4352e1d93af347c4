package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;

/**
 * Repairs what {@link VdiCheck} finds.
 *
 * <ul>
 *   <li>An entry whose block begins beyond the end of the file has lost its data. It becomes free;
 *       or zero in a difference image, where a free one would show what the parent has, which the
 *       guest once overwrote.
 *   <li>A file that ends within a block is made longer by zeroes.
 *   <li>Of several entries with the same block, the first keeps it, and each other one gets a copy:
 *       it is unknown whose the block is, and so nothing is lost. There are no more copies than
 *       blocks in use, so that a map full of nonsense does not fill the host; other entries are
 *       left.
 *   <li>The number of allocated blocks becomes what the map says. A block that would need a number
 *       higher than that of the disk's blocks is copied to a lower one.
 *   <li>A UUID that is missing is made up.
 *   <li>Blocks without an owner are reclaimed; but not while there are errors, as one of these may
 *       hide their owner.
 * </ul>
 *
 * <p>Each change by itself makes the image no worse, and can be made again, so a repair that was
 * cut off is finished by the next.
 */
final class VdiRepair {
  private final BlockTable table;
  private final Storage storage;
  private final VdiHeader header;

  /** The blocks of the file that are in use. */
  private final BitSet used = new BitSet();

  /** All blocks before this are in use, once copies are made. */
  private int place;

  private VdiRepair(Storage storage) throws IOException {
    this.storage = storage;
    this.header = VdiHeader.readToRepair(storage);
    this.table = new BlockTable(storage, header);
  }

  static RepairReport run(Storage storage, Repair repair) throws IOException {
    CheckReport before = VdiCheck.run(storage);
    CheckReport corrected = before;
    if (repair == Repair.ALL && before.corruptions() > 0) {
      new VdiRepair(storage).correct();
      corrected = VdiCheck.run(storage);
    }
    CheckReport left = corrected;
    if (corrected.leaks() > 0 && corrected.corruptions() == 0) {
      VdiHeader header = VdiHeader.read(storage);
      new VdiWriter(storage, header, BlockMap.writable(storage, header))
          .moveTogether(MoveListener.NONE);
      storage.flush();
      left = VdiCheck.run(storage);
    }
    return new RepairReport(
        before.corruptions() - left.corruptions(), corrected.leaks() - left.leaks(), left);
  }

  private void correct() throws IOException {
    nameImage();
    dropLostBlocks();
    // No durable entry may name a place that a copy is about to fill.
    storage.flush();
    List<long[]> copies = copyShared();
    // The places must be durable before entries name them, and be counted.
    table.fields().allocatedBlocks(used.previousSetBit(mostBlocks() - 1) + 1L);
    storage.flush();
    for (long[] copy : copies) {
      table.write(copy[0], copy[1]);
    }
    storage.flush();
  }

  private void nameImage() throws IOException {
    if (header.uuid().equals(Uuids.NONE)) {
      table.fields().uuid(UUID.randomUUID());
    }
    if (header.modification().equals(Uuids.NONE)) {
      table.fields().modification(UUID.randomUUID());
    }
  }

  /** Returns how many blocks of the file can be counted: no more than the disk has. */
  private int mostBlocks() {
    return (int) Math.min(header.blocks(), Integer.MAX_VALUE);
  }

  private void dropLostBlocks() throws IOException {
    long lost = header.hasParent() ? BlockMap.ZERO : BlockMap.FREE;
    int inFile = table.countable();
    table.visit((block, index) -> {
      if (!BlockMap.isStored(index)) {
        return;
      }
      if (index >= inFile) {
        table.write(block, lost);
        return;
      }
      used.set((int) index);
      if (table.dataEnd(block, index) > storage.size()) {
        storage.resize(table.position(index + 1));
      }
    });
  }

  /** Copies blocks that several entries name; returns each block of the disk with its new place. */
  private List<long[]> copyShared() throws IOException {
    int mostShared = used.cardinality();
    int mostBlocks = mostBlocks();
    BitSet owned = new BitSet();
    List<long[]> copies = new ArrayList<>();
    table.visit((block, entry) -> {
      if (!BlockMap.isStored(entry)) {
        return;
      }
      // Those that cannot be counted were beyond the end of the file, and are no longer named.
      int index = (int) entry;
      boolean shared = owned.get(index);
      owned.set(index);
      if (index >= mostBlocks || (shared && copies.size() < mostShared)) {
        place = used.nextClearBit(place);
        table.copy(index, place);
        used.set(place);
        copies.add(new long[] {block, place});
      }
    });
    return copies;
  }
}
