package io.diskformat.cli;

import io.diskformat.ImageInfo;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@code info} tells of one image, with the words and the order of qemu-img. */
final class ImageDescription {
  private final String name;
  private final ImageInfo info;

  /**
   * Describes an image.
   *
   * @param name the image, as the user named it
   */
  ImageDescription(String name, ImageInfo info) {
    this.name = name;
    this.info = info;
  }

  /**
   * Returns where the name of the image's backing file leads, as seen from where the user is, or
   * the mere name if it leads to no file. There must be such a name.
   */
  String fullBackingName() {
    ImageInfo.Backing backing = info.backing().orElseThrow();
    return backing.resolvedName().isEmpty()
        ? backing.name()
        : Path.of(name).resolveSibling(backing.name()).toString();
  }

  /** As qemu-img has no other field for that: the format tells how, if it tells at all. */
  private boolean isEncrypted() {
    return info.details().containsKey("encrypt");
  }

  /** Returns the description as the object that is to be written as JSON. */
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
    if (isEncrypted()) {
      map.put("encrypted", true);
    }
    if (info.backing().isPresent()) {
      ImageInfo.Backing backing = info.backing().get();
      map.put("backing-filename", backing.name());
      map.put("full-backing-filename", fullBackingName());
      if (backing.format().isPresent()) {
        map.put("backing-filename-format", backing.format().get());
      }
    }
    if (!info.snapshots().isEmpty()) {
      List<Map<String, Object>> snapshots = new ArrayList<>();
      for (Snapshot snapshot : info.snapshots()) {
        snapshots.add(toMap(snapshot));
      }
      map.put("snapshots", snapshots);
    }
    if (!info.details().isEmpty()) {
      map.put("format-specific", Map.of("type", info.format(), "data", info.details()));
    }
    return QemuOrder.of(map);
  }

  private static Map<String, Object> toMap(Snapshot snapshot) {
    Map<String, Object> map = new HashMap<>();
    map.put("id", snapshot.id());
    map.put("name", snapshot.name());
    map.put("vm-state-size", snapshot.vmStateSize());
    Instant date = snapshot.date();
    long dateSeconds = date.getEpochSecond();
    map.put("date-sec", dateSeconds);
    map.put("date-nsec", date.getNano());
    Duration clock = snapshot.vmClock();
    map.put("vm-clock-sec", clock.toSeconds());
    map.put("vm-clock-nsec", clock.toNanosPart());
    if (snapshot.instructionCount() >= 0) {
      map.put("icount", snapshot.instructionCount());
    }
    return map;
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
    if (isEncrypted()) {
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
    if (!info.snapshots().isEmpty()) {
      terminal.line("Snapshot list:");
      terminal.line(
          "ID        TAG               VM SIZE                DATE     VM CLOCK     ICOUNT");
      for (Snapshot snapshot : info.snapshots()) {
        terminal.line(row(snapshot));
      }
    }
    if (!info.details().isEmpty()) {
      terminal.line("Format specific information:");
      printMap(QemuOrder.of(info.details()), "    ", terminal);
    }
  }

  private void printBacking(ImageInfo.Backing backing, Terminal terminal) throws IOException {
    String full = fullBackingName();
    terminal.print("backing file: " + Terminal.printable(backing.name()));
    if (!full.equals(backing.name())) {
      terminal.print(" (actual path: " + Terminal.printable(full) + ")");
    }
    terminal.print("\n");
    if (backing.format().isPresent()) {
      terminal.line("backing file format: " + Terminal.printable(backing.format().get()));
    }
  }

  private static String row(Snapshot snapshot) {
    StringBuilder row = new StringBuilder();
    appendLeft(row, Terminal.printable(snapshot.id()), 9).append(' ');
    appendLeft(row, Terminal.printable(snapshot.name()), 16).append(' ');
    appendRight(row, Sizes.human(snapshot.vmStateSize()), 8);
    appendRight(row, date(snapshot), 20);
    appendRight(row, clock(snapshot), 13);
    long count = snapshot.instructionCount();
    appendRight(row, count < 0 ? "" : Long.toString(count), 11);
    return row.toString();
  }

  private static String date(Snapshot snapshot) {
    LocalDateTime date = LocalDateTime.ofInstant(snapshot.date(), ZoneId.systemDefault());
    return date.toLocalDate()
        + " "
        + twoDigits(date.getHour())
        + ":"
        + twoDigits(date.getMinute())
        + ":"
        + twoDigits(date.getSecond());
  }

  private static String clock(Snapshot snapshot) {
    long seconds = snapshot.vmClock().toSeconds();
    int milliseconds = snapshot.vmClock().toMillisPart();
    return twoDigits(seconds / 3600)
        + ":"
        + twoDigits(seconds / 60 % 60)
        + ":"
        + twoDigits(seconds % 60)
        + "."
        + (milliseconds < 100 ? "0" : "")
        + twoDigits(milliseconds);
  }

  private static String twoDigits(long number) {
    return number < 10 ? "0" + number : Long.toString(number);
  }

  private static StringBuilder appendLeft(StringBuilder row, String text, int width) {
    return row.append(text).repeat(' ', missing(text, width));
  }

  private static void appendRight(StringBuilder row, String text, int width) {
    row.repeat(' ', missing(text, width)).append(text);
  }

  /** C counts bytes where a person counts characters. */
  private static int missing(String text, int width) {
    return Math.max(0, width - text.getBytes(StandardCharsets.UTF_8).length);
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
