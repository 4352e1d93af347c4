package io.diskformat.inside;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the volumes that a guest's table of file systems names in one of many ways. */
final class FstabNames {
  /** Disks of other drivers, whose letters or numbers go up likewise. */
  private static final Pattern LETTERED = Pattern.compile("/dev/(?:s|h|v|xv|ub)d([a-z]+)(\\d*)");

  private static final Pattern NUMBERED =
      Pattern.compile("/dev/(?:nvme(\\d+)n1|mmcblk(\\d+))(?:p(\\d+))?");
  private static final String MAPPER = "/dev/mapper/";

  private final List<Volume> volumes;

  FstabNames(List<Volume> volumes) {
    this.volumes = volumes;
  }

  /** Returns the volume that is meant, if it is there: the first, if several have such a name. */
  Optional<Volume> find(String spec) {
    return all(spec).stream().findFirst();
  }

  /** Returns the volumes that may be meant. */
  List<Volume> all(String spec) {
    int equals = spec.indexOf('=');
    if (equals > 0 && !spec.startsWith("/")) {
      String value = spec.substring(equals + 1).replace("\"", "");
      if (value.isEmpty()) {
        // Not one that has none.
        return List.of();
      }
      return switch (spec.substring(0, equals)) {
        case "UUID" -> having(volume -> volume.content().uuid().equalsIgnoreCase(value));
        case "LABEL" -> having(volume -> volume.content().label().equals(value));
        case "PARTUUID" ->
            having(volume ->
                volume.partition().filter(part -> part.id().equalsIgnoreCase(value)).isPresent());
        case "PARTLABEL" ->
            having(volume ->
                volume.partition().filter(part -> part.label().equals(value)).isPresent());
        default -> List.of();
      };
    }
    if (spec.startsWith("/dev/disk/by-uuid/")) {
      return all("UUID=" + spec.substring("/dev/disk/by-uuid/".length()));
    }
    if (spec.startsWith("/dev/disk/by-label/")) {
      return all("LABEL=" + spec.substring("/dev/disk/by-label/".length()));
    }
    String name = name(spec);
    return having(volume -> volume.name().equals(name));
  }

  private List<Volume> having(Predicate<Volume> wanted) {
    return volumes.stream().filter(wanted).toList();
  }

  private static String name(String spec) {
    Matcher lettered = LETTERED.matcher(spec);
    if (lettered.matches()) {
      return "/dev/sd" + lettered.group(1) + lettered.group(2);
    }
    Matcher numbered = NUMBERED.matcher(spec);
    if (numbered.matches()) {
      String disk = numbered.group(1) == null ? numbered.group(2) : numbered.group(1);
      String part = numbered.group(3) == null ? "" : numbered.group(3);
      return disk.length() > 2 ? "" : DeviceNames.disk(Integer.parseInt(disk)) + part;
    }
    return spec.startsWith(MAPPER) ? "/dev/" + mapped(spec.substring(MAPPER.length())) : spec;
  }

  /** The hyphen between a group and its volume is single, those in names are double. */
  private static String mapped(String name) {
    return name.replaceFirst("(?<!-)-(?!-)", "/").replace("--", "-");
  }
}
