package io.diskformat.cli;

import io.diskformat.ImageInfo;
import io.diskformat.RecordedReference;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What {@code info} reports of one image, with the words and the order of qemu-img. */
final class ImageDescription {
  private final String name;
  private final ImageInfo info;

  /**
   * Describes an image.
   *
   * @param name the name that leads to the image, as the user would spell it
   */
  ImageDescription(String name, ImageInfo info) {
    this.name = name;
    this.info = info;
  }

  /**
   * Returns where the image's backing file is, or the mere name if that leads to no file or, as in
   * QEMU, is in a form that is no path.
   */
  private static String fullName(RecordedReference backing) {
    if (backing.name().startsWith("file:") || backing.name().startsWith("json:")) {
      return backing.name();
    }
    return backing.resolvedName().orElse(backing.name());
  }

  /** Returns the description as the object to be written as JSON. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new HashMap<>();
    map.put("filename", name);
    map.put("format", info.format());
    map.put("virtual-size", info.virtualSize());
    map.put("dirty-flag", info.dirty());
    if (info.allocatedSize().isPresent()) {
      map.put("actual-size", info.allocatedSize().getAsLong());
    }
    if (info.clusterSize().isPresent()) {
      map.put("cluster-size", info.clusterSize().getAsLong());
    }
    if (info.isEncrypted()) {
      map.put("encrypted", true);
    }
    if (info.backing().isPresent()) {
      RecordedReference backing = info.backing().get();
      map.put("backing-filename", backing.name());
      map.put("full-backing-filename", fullName(backing));
      if (backing.format().isPresent()) {
        map.put("backing-filename-format", backing.format().get());
      }
    }
    if (!info.snapshots().isEmpty()) {
      map.put("snapshots", new SnapshotList(info.snapshots()).toMaps());
    }
    if (!info.details().isEmpty()) {
      map.put("format-specific", Map.of("type", info.format(), "data", info.details()));
    }
    return QemuOrder.of(map);
  }

  /** Writes the description for a person. */
  void print(Terminal terminal) throws IOException {
    terminal.line("image: " + Terminal.printable(name));
    terminal.line("file format: " + info.format());
    terminal.line(
        "virtual size: " + Sizes.human(info.virtualSize()) + " (" + info.virtualSize() + " bytes)");
    terminal.line(
        "disk size: "
            + (info.allocatedSize().isPresent()
                ? Sizes.human(info.allocatedSize().getAsLong())
                : "unavailable"));
    if (info.isEncrypted()) {
      terminal.line("encrypted: yes");
    }
    if (info.clusterSize().isPresent()) {
      terminal.line("cluster_size: " + info.clusterSize().getAsLong());
    }
    if (info.dirty()) {
      terminal.line("cleanly shut down: no");
    }
    if (info.backing().isPresent()) {
      printBacking(info.backing().get(), terminal);
    }
    new SnapshotList(info.snapshots()).print(terminal);
    if (!info.details().isEmpty()) {
      terminal.line("Format specific information:");
      printMap(QemuOrder.of(info.details()), "    ", terminal);
    }
  }

  private void printBacking(RecordedReference backing, Terminal terminal) throws IOException {
    String full = fullName(backing);
    terminal.print("backing file: " + Terminal.printable(backing.name()));
    if (!full.equals(backing.name())) {
      terminal.print(" (actual path: " + Terminal.printable(full) + ")");
    }
    terminal.print("\n");
    if (backing.format().isPresent()) {
      terminal.line("backing file format: " + Terminal.printable(backing.format().get()));
    }
  }

  private static void printMap(Map<?, ?> map, String indent, Terminal terminal) throws IOException {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = Terminal.printable(entry.getKey().toString()).replace('-', ' ');
      terminal.print(indent + key + ":");
      printValue(entry.getValue(), indent, terminal);
    }
  }

  private static void printValue(Object value, String indent, Terminal terminal)
      throws IOException {
    if (value instanceof Map<?, ?> map) {
      terminal.print("\n");
      printMap(map, indent + "    ", terminal);
    } else if (value instanceof Collection<?> list) {
      terminal.print("\n");
      int index = 0;
      for (Object item : list) {
        terminal.print(indent + "    [" + index++ + "]:");
        printValue(item, indent + "    ", terminal);
      }
    } else {
      terminal.line(" " + Terminal.printable(value.toString()));
    }
  }
}
