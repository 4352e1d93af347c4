package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.inside.content.Content;
import io.diskformat.inside.content.Contents;
import io.diskformat.inspect.Partition;
import io.diskformat.inspect.PartitionTable;
import io.diskformat.inspect.PartitionTables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One of the disks of a guest.
 *
 * @param name as Linux has it
 * @param table of its partitions, if it has any
 * @param volumes its partitions, or itself; both of a disc that has partitions
 */
record AttachedDisk(
    String name, BlockDevice device, Optional<PartitionTable> table, List<Volume> volumes) {

  static AttachedDisk of(String name, BlockDevice device) throws IOException {
    Optional<PartitionTable> table = PartitionTables.of(device);
    List<Volume> volumes = new ArrayList<>();
    if (table.isEmpty()) {
      volumes.add(
          new Volume(
              name, Volume.Kind.DISK, "", Optional.empty(), Contents.of(device), "", device));
    } else {
      Content disc = Contents.ofDisc(device);
      if (!disc.type().equals(Content.UNKNOWN)) {
        volumes.add(new Volume(name, Volume.Kind.DISK, "", Optional.empty(), disc, "", device));
      }
      for (Partition partition : table.get().partitions()) {
        BlockDevice part = partition.of(device);
        volumes.add(
            new Volume(
                name + partition.number(),
                Volume.Kind.PARTITION,
                name,
                Optional.of(partition),
                Contents.of(part),
                "",
                part));
      }
    }
    return new AttachedDisk(name, device, table, volumes);
  }
}
