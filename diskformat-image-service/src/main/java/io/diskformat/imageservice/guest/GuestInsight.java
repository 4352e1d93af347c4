package io.diskformat.imageservice.guest;

import io.diskformat.BlockDevice;
import io.diskformat.imageservice.DiskInsight;
import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Finds partitions, file systems and operating systems: {@code os_diskformat_partitions}, as {@code
 * gpt: 3}; {@code os_diskformat_volumes}, as {@code /dev/sda1 vfat, /dev/vg/root xfs}; {@code
 * os_diskformat_system}, as it calls itself.
 */
public final class GuestInsight implements DiskInsight {
  private static final String PREFIX = "os_diskformat_";

  /** Creates one, which keeps nothing. */
  public GuestInsight() {}

  @Override
  public SortedMap<String, String> of(BlockDevice device) throws IOException {
    Disk disk = Disk.of(device);
    SortedMap<String, String> found = new TreeMap<>();
    disk.table()
        .ifPresent(table ->
            found.put(PREFIX + "partitions", table.kind() + ": " + table.partitions().size()));
    String volumes =
        disk.volumes().stream()
            .map(volume -> volume.name() + " " + volume.content().type())
            .collect(Collectors.joining(", "));
    put(found, "volumes", volumes);
    List<String> systems =
        disk.systems().stream().map(GuestSystem::name).filter(name -> !name.isEmpty()).toList();
    put(found, "system", String.join(", ", systems));
    return found;
  }

  private static void put(SortedMap<String, String> found, String name, String value) {
    if (!value.isEmpty()) {
      String _ = found.put(PREFIX + name, printable(value));
    }
  }

  /** Texts from a disk may be anything. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
