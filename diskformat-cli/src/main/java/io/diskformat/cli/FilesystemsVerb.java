package io.diskformat.cli;

import io.diskformat.inside.Disk;
import io.diskformat.inside.Volume;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The verb {@code filesystems}. */
final class FilesystemsVerb extends GuestVerb {
  private final Argument detailed = flag("Say more of each, in a table.", "-l", "--long");
  private final Argument all = flag("Accepted: all is listed anyway.", "--all");
  private final Argument json = flag("Write it in JSON.", "--json");

  FilesystemsVerb() {
    super("filesystems", "Lists what the disks of a guest hold: file systems, and what else.");
  }

  @Override
  int act(Terminal terminal, Disk disk) throws IOException {
    boolean _ = all.isGiven();
    if (json.isGiven()) {
      List<Map<String, Object>> objects = new ArrayList<>();
      for (Volume volume : disk.volumes()) {
        objects.add(object(volume));
      }
      new Json(terminal).write(objects);
    } else if (detailed.isGiven()) {
      TextTable table = new TextTable("Name", "VFS", "Label", "MBR", "Size", "Parent", "UUID");
      disk.volumes().forEach(volume -> table.row(row(volume)));
      table.print(terminal);
    } else {
      for (Volume volume : disk.volumes()) {
        terminal.line(
            Terminal.printable(volume.name())
                + ": "
                + Terminal.printable(volume.content().type())
                + (volume.problem().isEmpty() ? "" : ", " + Terminal.printable(volume.problem())));
      }
    }
    disk.problems().forEach(terminal::error);
    return 0;
  }

  private static Map<String, Object> object(Volume volume) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", volume.name());
    object.put("kind", volume.kind().toString());
    object.put("type", volume.content().type());
    if (!volume.problem().isEmpty()) {
      object.put("problem", volume.problem());
    }
    if (!volume.content().candidates().isEmpty()) {
      object.put("candidates", volume.content().candidates());
    }
    object.put("label", volume.content().label());
    object.put("uuid", volume.content().uuid());
    object.put("size", volume.device().size());
    put(object, "filesystem-size", volume.content().size());
    put(object, "filesystem-used", volume.content().used());
    object.put("parent", volume.parent());
    volume
        .partition()
        .ifPresent(partition -> {
          object.put("partition-type", partition.type());
          object.put("partition-uuid", partition.id());
          object.put("partition-label", partition.label());
        });
    return object;
  }

  private static void put(Map<String, Object> object, String name, OptionalLong number) {
    if (number.isPresent()) {
      object.put(name, number.getAsLong());
    }
  }

  private static String[] row(Volume volume) {
    return new String[] {
      volume.name(),
      volume.content().type(),
      volume.content().label(),
      volume
          .partition()
          .map(partition -> partition.type())
          .filter(type -> type.length() == 2)
          .orElse(""),
      Long.toString(volume.device().size()),
      volume.parent(),
      volume.content().uuid()
    };
  }
}
