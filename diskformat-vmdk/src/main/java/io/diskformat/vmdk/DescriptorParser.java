package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a descriptor.
 *
 * <pre>
 * # Disk DescriptorFile                      a comment
 * version=1                                  1; 3 if changes are tracked; 2 if it is encrypted
 * encoding="UTF-8"
 * CID=0172e8a4                               of the content, in hexadecimal
 * parentCID=ffffffff                         what that was of the parent; ffffffff for none
 * parentFileNameHint="base.vmdk"             the parent
 * createType="twoGbMaxExtentSparse"
 *
 * RW 4192256 SPARSE "disk-s001.vmdk"         access, sectors, type, file
 * RW 1024 FLAT "disk-f002.vmdk" 63           and at which of its sectors that begins
 * RW 63 ZERO
 *
 * ddb.longContentID = "c49..."               what else there is to know
 * </pre>
 *
 * Words may be in any case, lines end in any way, and there may be blanks anywhere between words. A
 * line that is none of this is an error: an extent that was left out would move all that follow.
 */
final class DescriptorParser {
  /** The most extents of a disk: more than any tool makes. */
  static final int MOST_EXTENTS = 32_768;

  /** The most sectors of an extent, so that no sum of lengths overflows. */
  static final long MOST_SECTORS = 1L << 46;

  static final int MOST_QUOTED = 80;

  static final Pattern EXTENT =
      Pattern.compile(
          "(RW|RDONLY|NOACCESS)\\s+([0-9]{1,18})\\s+(\\w+)"
              + "(?:\\s+\"([^\"]*)\"(?:\\s+([0-9]{1,18})(?:\\s.*)?)?)?",
          Pattern.CASE_INSENSITIVE);
  static final Pattern EXTENT_START =
      Pattern.compile("(RW|RDONLY|NOACCESS)\\s.*", Pattern.CASE_INSENSITIVE);
  private static final Pattern CID = Pattern.compile("[0-9a-fA-F]{1,8}");
  private static final Pattern LONG_CONTENT_ID = Pattern.compile("[0-9a-fA-F]{32}");

  private final String image;
  private final Map<String, String> values = new HashMap<>();
  private final List<ExtentLine> extents = new ArrayList<>();
  private long sectors;

  private DescriptorParser(String image) {
    this.image = image;
  }

  /**
   * Reads a descriptor.
   *
   * @param image the name that errors use
   * @param bytes of the text, and what it is padded with
   */
  static Descriptor parse(String image, byte[] bytes) throws IOException {
    DescriptorParser parser = new DescriptorParser(image);
    int number = 0;
    for (String line : DescriptorText.decode(image, bytes).split("\r\n|\r|\n", -1)) {
      parser.line(++number, line.strip());
    }
    return parser.descriptor();
  }

  private void line(int number, String line) throws IOException {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    if (EXTENT_START.matcher(line).matches()) {
      extent(number, line);
      return;
    }
    int equals = line.indexOf('=');
    if (equals <= 0) {
      throw malformed(number, line);
    }
    String key = line.substring(0, equals).strip().toLowerCase(Locale.ROOT);
    // Of two lines with a key the first counts, as for QEMU.
    var _ = values.putIfAbsent(key, unquoted(line.substring(equals + 1).strip()));
  }

  static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private void extent(int number, String line) throws IOException {
    Matcher matcher = EXTENT.matcher(line);
    if (!matcher.matches()) {
      throw malformed(number, line);
    }
    if (extents.size() == MOST_EXTENTS) {
      throw new UnsupportedFeatureException(image, "more than " + MOST_EXTENTS + " VMDK extents");
    }
    ExtentLine extent =
        new ExtentLine(
            Access.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
            Long.parseLong(matcher.group(2)),
            type(matcher.group(3)),
            Optional.ofNullable(matcher.group(4)),
            matcher.group(5) == null ? 0 : Long.parseLong(matcher.group(5)));
    check(number, extent, line);
    sectors += extent.sectors();
    extents.add(extent);
  }

  private ExtentType type(String word) throws UnsupportedFeatureException {
    try {
      ExtentType type = ExtentType.valueOf(word.toUpperCase(Locale.ROOT));
      if (type != ExtentType.VSANSPARSE) {
        return type;
      }
    } catch (IllegalArgumentException e) {
      // Refused as well.
    }
    throw new UnsupportedFeatureException(image, "VMDK extent type " + shortened(word));
  }

  private void check(int number, ExtentLine extent, String line) throws CorruptImageException {
    boolean needsFile = extent.type() != ExtentType.ZERO && extent.access() != Access.NOACCESS;
    boolean begins = extent.firstSector() == 0 || extent.type().isFlat();
    if ((needsFile && extent.file().isEmpty())
        || !begins
        || extent.sectors() > MOST_SECTORS - sectors
        || extent.firstSector() > MOST_SECTORS) {
      throw malformed(number, line);
    }
  }

  private Descriptor descriptor() throws IOException {
    checkVersion(values.getOrDefault("version", "1"));
    String createType = createType();
    long cid = cid("cid", 0);
    long parentCid = cid("parentcid", Descriptor.NO_PARENT);
    Optional<String> parentName =
        Optional.ofNullable(values.get("parentfilenamehint")).filter(name -> !name.isEmpty());
    if (parentName.isPresent() != (parentCid != Descriptor.NO_PARENT)) {
      throw corrupt(
          parentName.isPresent()
              ? "names \"" + shortened(parentName.get()) + "\" as the parent, but no parentCID"
              : "has a parentCID, but does not name the parent");
    }
    if (extents.isEmpty()) {
      throw corrupt("names no extent");
    }
    return new Descriptor(
        createType,
        cid,
        parentCid,
        comingParentCid(),
        parentName,
        longContentId(),
        List.copyOf(extents));
  }

  private void checkVersion(String version) throws UnsupportedFeatureException {
    if (version.equals("2")
        || values.keySet().stream().anyMatch(k -> k.startsWith("encryption."))) {
      throw new UnsupportedFeatureException(image, "an encrypted VMDK image");
    }
    if (!version.equals("1") && !version.equals("3")) {
      throw new UnsupportedFeatureException(image, "VMDK descriptor version " + shortened(version));
    }
  }

  private String createType() throws IOException {
    String createType = values.get("createtype");
    if (createType == null) {
      throw corrupt("does not say createType");
    }
    if (!CreateTypes.isKnown(createType)) {
      throw new UnsupportedFeatureException(image, "VMDK createType " + shortened(createType));
    }
    return createType;
  }

  private long cid(String key, long otherwise) throws CorruptImageException {
    String value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (!CID.matcher(value).matches()) {
      throw corrupt("says " + key + "=" + shortened(value) + ", not a number of 8 digits");
    }
    return Long.parseLong(value, 16);
  }

  private OptionalLong comingParentCid() throws CorruptImageException {
    return values.containsKey(Descriptor.COMING_PARENT)
        ? OptionalLong.of(cid(Descriptor.COMING_PARENT, Descriptor.NO_PARENT))
        : OptionalLong.empty();
  }

  private Optional<String> longContentId() {
    return Optional.ofNullable(values.get("ddb.longcontentid"))
        .filter(id -> LONG_CONTENT_ID.matcher(id).matches());
  }

  private CorruptImageException malformed(int number, String line) {
    return corrupt("line " + number + " makes no sense: " + shortened(line));
  }

  private CorruptImageException corrupt(String problem) {
    return new CorruptImageException(image, "descriptor", -1, problem);
  }

  private static String shortened(String text) {
    return text.length() <= MOST_QUOTED ? text : text.substring(0, MOST_QUOTED) + "...";
  }
}
