package io.diskformat.vmdk;

import io.diskformat.spi.NameBytes;
import io.diskformat.spi.PassingImage;
import java.util.Locale;
import java.util.regex.Matcher;

/**
 * Looks at the lines of a descriptor that passes by, as {@link DescriptorParser} draws them. All
 * that a descriptor inside an extent may say of where the disk is, is that it is this one extent.
 */
final class TextInspection implements PassingLines.Sink {
  static final String RULE = "vmdk.descriptor";
  private static final String EXTENT = "vmdk.extent-path";
  private static final String PARENT = "vmdk.parent";
  private static final String REWRITE_MARK = "#diskformat-rewrite";
  private static final int SECTOR = 512;
  private final PassingImage image;
  private final boolean inside;
  private final long roomEnd;
  private int extents;
  private long sectors;
  private boolean hasCreateType;

  private TextInspection(PassingImage image, boolean inside, long roomEnd) {
    this.image = image;
    this.inside = inside;
    this.roomEnd = roomEnd;
  }

  /** Begins with a descriptor that is a file. */
  static TextInspection ofFile(PassingImage image) {
    return new TextInspection(image, false, DescriptorPlace.LONGEST);
  }

  /**
   * Begins with a descriptor inside an extent.
   *
   * @param roomEnd where the room for it ends
   */
  static TextInspection inside(PassingImage image, long roomEnd) {
    return new TextInspection(image, true, roomEnd);
  }

  @Override
  public boolean line(long position, String untrimmed) {
    String line = untrimmed.strip();
    if (line.startsWith(REWRITE_MARK)) {
      image.refuse(RULE, position, "a second descriptor follows");
    }
    if (line.isEmpty() || line.startsWith("#")) {
      return true;
    }
    if (DescriptorParser.EXTENT_START.matcher(line).matches()) {
      return extent(position, line);
    }
    int equals = line.indexOf('=');
    if (equals <= 0) {
      image.refuse(RULE, position, "a line makes no sense: " + quoted(line));
      return false;
    }
    String key = line.substring(0, equals).strip().toLowerCase(Locale.ROOT);
    value(position, key, DescriptorParser.unquoted(line.substring(equals + 1).strip()));
    return true;
  }

  private void value(long position, String key, String value) {
    switch (key) {
      case "createtype" -> {
        if (!hasCreateType) {
          hasCreateType = true;
          image.variant(printable(value));
          if (!CreateTypes.isKnown(value)) {
            image.refuse(
                "vmdk.unknown-feature", position, "createType " + quoted(value) + " is not known");
          }
        }
      }
      case "parentcid" -> {
        if (!value.equalsIgnoreCase("ffffffff")) {
          image.refuse(PARENT, position, "it is a difference to another image");
        }
      }
      case "parentfilenamehint" -> {
        if (!value.isEmpty()) {
          image.refuse(PARENT, position, "it names its parent " + quoted(value));
        }
      }
      case "changetrackpath" -> {
        if (!value.isEmpty()) {
          image.warn(
              "vmdk.change-track-path", position, "it names a record of changes " + quoted(value));
        }
      }
      case "version" -> {
        if (value.equals("2")) {
          image.encrypted("vmdk", position);
        } else if (!value.equals("1") && !value.equals("3")) {
          image.refuse(
              "vmdk.unknown-feature", position, "version " + quoted(value) + " is not known");
        }
      }
      default -> {
        if (key.startsWith("encryption.")) {
          image.encrypted("vmdk", position);
        }
      }
    }
  }

  private boolean extent(long position, String line) {
    Matcher matcher = DescriptorParser.EXTENT.matcher(line);
    if (!matcher.matches()) {
      image.refuse(RULE, position, "a line makes no sense: " + quoted(line));
      return false;
    }
    extents++;
    long more = Long.parseLong(matcher.group(2));
    if (more > DescriptorParser.MOST_SECTORS - sectors) {
      image.refuse(RULE, position, "the extents have more sectors than any disk");
      return false;
    }
    sectors += more;
    String type = matcher.group(3).toUpperCase(Locale.ROOT);
    String file = matcher.group(4) == null ? "" : matcher.group(4);
    if (inside) {
      insideExtent(position, type, file);
    } else if (!file.isEmpty()) {
      image.refuse(EXTENT, position, "its data is in another file, " + quoted(file));
    }
    return extents < DescriptorParser.MOST_EXTENTS;
  }

  private void insideExtent(long position, String type, String file) {
    if (extents > 1) {
      image.refuse(EXTENT, position, "it has a second extent, " + quoted(file));
    } else if (!type.equals("SPARSE")) {
      image.refuse(
          EXTENT, position, "its extent is not this file, but a " + type + " " + quoted(file));
    } else if (file.indexOf('/') >= 0 || file.indexOf('\\') >= 0) {
      image.refuse(
          EXTENT, position, "its extent is not this file, but has a path: " + quoted(file));
    }
  }

  @Override
  public void end(long position) {
    if (extents == 0) {
      image.refuse(RULE, position, "it lists no extent");
    } else if (!hasCreateType) {
      image.refuse(RULE, position, "it does not say createType");
    } else if (!inside) {
      image.disk(SparseHeader.inBytes(sectors), 0);
    }
    findCopy(Math.ceilDiv(position, (long) SECTOR) * SECTOR);
  }

  /** Looks for a text behind this one, which whoever knows about it takes instead. */
  private void findCopy(long position) {
    if (position + REWRITE_MARK.length() <= roomEnd) {
      image.read(
          position,
          REWRITE_MARK.length(),
          bytes -> {
            byte[] found = new byte[bytes.remaining()];
            bytes.get(found);
            if (NameBytes.decode(found).equals(REWRITE_MARK)) {
              image.refuse(RULE, position, "a second descriptor follows");
            } else {
              findCopy(position + SECTOR);
            }
          });
    }
  }

  @Override
  public void tooLong(long position) {
    image.refuse(RULE, position, "a line is longer than any that makes sense");
  }

  private static String quoted(String text) {
    return "\"" + printable(text) + "\"";
  }

  private static String printable(String text) {
    String decoded = NameBytes.decode(PassingLines.bytes(text));
    return decoded.length() <= DescriptorParser.MOST_QUOTED
        ? decoded
        : decoded.substring(0, DescriptorParser.MOST_QUOTED) + "...";
  }
}
