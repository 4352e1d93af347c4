package io.diskformat.vmdk;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The text of a new image's descriptor, as QEMU writes it. That of a stream has a long number of
 * its content as well, which some importers ask for.
 */
final class NewDescriptor {
  private final VmdkOptions options;
  private final List<ExtentLine> extents;

  NewDescriptor(VmdkOptions options, List<ExtentLine> extents) {
    this.options = options;
    this.extents = List.copyOf(extents);
  }

  /** Returns the bytes of the text. */
  byte[] bytes() {
    return text().getBytes(StandardCharsets.UTF_8);
  }

  private String text() {
    StringBuilder text = new StringBuilder("# Disk DescriptorFile\nversion=1\n");
    if (!isAscii()) {
      text.append("encoding=\"UTF-8\"\n");
    }
    text.append("CID=").append(hex(options.cid())).append('\n');
    Optional<VmdkOptions.Parent> parent = options.parent();
    text.append("parentCID=")
        .append(hex(parent.map(VmdkOptions.Parent::cid).orElse(Descriptor.NO_PARENT)))
        .append('\n');
    text.append("createType=\"").append(options.subformat().text).append("\"\n");
    parent.ifPresent(
        found -> text.append("parentFileNameHint=\"").append(found.name()).append("\"\n"));
    text.append("\n# Extent description\n");
    extents.forEach(extent -> text.append(line(extent)).append('\n'));
    text.append("\n# The Disk Data Base\n#DDB\n\n");
    database(text);
    return text.toString();
  }

  private boolean isAscii() {
    return extents.stream()
            .flatMap(extent -> extent.file().stream())
            .allMatch(NewDescriptor::isAscii)
        && options.parent().map(VmdkOptions.Parent::name).map(NewDescriptor::isAscii).orElse(true);
  }

  private static boolean isAscii(String name) {
    return name.chars().allMatch(c -> c < 0x80);
  }

  private static String hex(long cid) {
    return String.format(Locale.ROOT, "%08x", cid);
  }

  private static String line(ExtentLine extent) {
    String line =
        "%s %d %s \"%s\""
            .formatted(
                extent.access(), extent.sectors(), extent.type(), extent.file().orElseThrow());
    return extent.type() == ExtentType.FLAT ? line + " " + extent.firstSector() : line;
  }

  private void database(StringBuilder text) {
    AdapterType adapter = options.adapter();
    entry(text, "virtualHWVersion", options.hardwareVersion());
    entry(text, "geometry.cylinders", adapter.cylinders(options.sectors()));
    entry(text, "geometry.heads", adapter.heads);
    entry(text, "geometry.sectors", AdapterType.SECTORS);
    entry(text, "adapterType", adapter.text);
    entry(text, "toolsVersion", options.toolsVersion());
    if (options.subformat().isStream()) {
      entry(text, "longContentID", longContentId());
    }
  }

  private static void entry(StringBuilder text, String key, Object value) {
    text.append("ddb.").append(key).append(" = \"").append(value).append("\"\n");
  }

  /** Its end is the other number of the content. */
  private String longContentId() {
    RandomGenerator random = RandomGenerator.getDefault();
    return String.format(
        Locale.ROOT,
        "%08x%08x%08x%s",
        random.nextInt(),
        random.nextInt(),
        random.nextInt(),
        hex(options.cid()));
  }
}
