package io.diskformat.cli;

import io.diskformat.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A list of snapshots, with the words and the columns of qemu-img. */
final class SnapshotList {
  private final List<Snapshot> snapshots;

  SnapshotList(List<Snapshot> snapshots) {
    this.snapshots = snapshots;
  }

  /** Returns the list as what is to be written as JSON. */
  List<Map<String, Object>> toMaps() {
    List<Map<String, Object>> maps = new ArrayList<>();
    for (Snapshot snapshot : snapshots) {
      maps.add(toMap(snapshot));
    }
    return maps;
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

  /** Writes the list for a person; nothing if there are none. */
  void print(Terminal terminal) throws IOException {
    if (snapshots.isEmpty()) {
      return;
    }
    terminal.line("Snapshot list:");
    terminal.line(
        "ID        TAG               VM SIZE                DATE     VM CLOCK     ICOUNT");
    for (Snapshot snapshot : snapshots) {
      terminal.line(row(snapshot));
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

  /** Returns how many spaces fill a text up to a width, which C counts in bytes. */
  private static int missing(String text, int width) {
    return Math.max(0, width - text.getBytes(StandardCharsets.UTF_8).length);
  }
}
