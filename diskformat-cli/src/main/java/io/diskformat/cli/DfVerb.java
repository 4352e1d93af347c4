package io.diskformat.cli;

import io.diskformat.inside.Disk;
import io.diskformat.inside.Volume;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The verb {@code df}. */
final class DfVerb extends GuestVerb {
  private static final long UNIT = 1024;

  private final Argument json = flag("Write it in JSON, sizes in bytes.", "--json");

  DfVerb() {
    super("df", "Shows how much of each file system of a guest is used.");
    footer(
        "The numbers are those that a file system keeps, as of when it was last written; file"
            + " systems that keep none are left out.");
  }

  @Override
  int act(Terminal terminal, Disk disk) throws IOException {
    List<Volume> volumes =
        disk.volumes().stream()
            .filter(volume ->
                volume.content().size().isPresent() && volume.content().used().isPresent())
            .toList();
    if (json.isGiven()) {
      List<Map<String, Object>> objects = new ArrayList<>();
      volumes.forEach(volume -> objects.add(object(volume)));
      new Json(terminal).write(objects);
    } else {
      TextTable table = new TextTable("Filesystem", "1K-blocks", "Used", "Available", "Use%");
      volumes.forEach(volume -> table.row(row(volume)));
      table.print(terminal);
    }
    return 0;
  }

  private static Map<String, Object> object(Volume volume) {
    Map<String, Object> object = new LinkedHashMap<>();
    long size = volume.content().size().orElseThrow();
    long used = volume.content().used().orElseThrow();
    object.put("name", volume.name());
    object.put("type", volume.content().type());
    object.put("size", size);
    object.put("used", used);
    object.put("available", size - used);
    return object;
  }

  private static String[] row(Volume volume) {
    long size = volume.content().size().orElseThrow();
    long used = volume.content().used().orElseThrow();
    long percent = size == 0 ? 0 : Math.round(Math.ceil(100.0 * used / size));
    return new String[] {
      volume.name(),
      Long.toString(size / UNIT),
      Long.toString(used / UNIT),
      Long.toString((size - used) / UNIT),
      percent + "%"
    };
  }
}
