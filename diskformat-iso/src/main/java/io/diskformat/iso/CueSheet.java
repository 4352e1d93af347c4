package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.iso.RawSectors.Layout;
import io.diskformat.spi.Probe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text that says which tracks of a CD are where in other files. The first that holds data is the
 * disc:
 *
 * <pre>
 * FILE "disc.bin" BINARY
 *   TRACK 01 MODE1/2352
 *     INDEX 01 00:00:00
 * </pre>
 *
 * @param file that the track is in, as the sheet names it
 * @param layout of its sectors; empty if they are their content alone
 * @param start of the track in the file, in bytes
 * @param end of it, or {@link Long#MAX_VALUE} if the file goes on to its end
 */
record CueSheet(String file, Optional<Layout> layout, long start, long end) {
  private static final int MOST = 64 << 10;
  private static final Pattern FILE =
      Pattern.compile("(?i)\\s*FILE\\s+(?:\"([^\"]+)\"|(\\S+))\\s+(\\S+)\\s*");
  private static final Pattern TRACK = Pattern.compile("(?i)\\s*TRACK\\s+\\d+\\s+(\\S+)\\s*");
  private static final Pattern INDEX =
      Pattern.compile("(?i)\\s*INDEX\\s+(\\d+)\\s+(\\d{1,4}):(\\d\\d):(\\d\\d)\\s*");
  private static final Pattern BEGINNING =
      Pattern.compile("(?i)\\s*(REM|CATALOG|CDTEXTFILE|FILE|TITLE|PERFORMER|SONGWRITER)\\s.*");
  private static final int FRAMES = 75;
  private static final int AUDIO = 2352;

  /** Returns whether a file is a cue sheet of data. */
  static boolean isMarked(Probe probe) throws IOException {
    return isMarked(new String(probe.bytes(0, 4096), StandardCharsets.ISO_8859_1));
  }

  /** Returns whether a text is the beginning of a cue sheet of data. */
  static boolean isMarked(String text) {
    String first = text.lines().filter(line -> !line.isBlank()).findFirst().orElse("");
    return BEGINNING.matcher(first).matches()
        && text.indexOf('\0') < 0
        && text.lines().anyMatch(line -> FILE.matcher(line).matches())
        && text.toUpperCase(Locale.ROOT).contains(" MODE");
  }

  /**
   * Reads a sheet.
   *
   * @throws CorruptImageException if it names no track of data
   * @throws UnsupportedFeatureException if the track is in a way that nothing here reads
   */
  static CueSheet read(Probe probe) throws IOException {
    byte[] bytes = probe.bytes(0, MOST - 1);
    return new Reader(probe.name()).read(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Reads the lines. */
  private static final class Reader {
    private final String name;
    private String file = "";
    private String mode = "";
    private Optional<CueSheet> found = Optional.empty();

    /** The place of the last index: in frames from the start of the file, and in bytes. */
    private long frames;

    private long position;

    /** The length of sectors from there on, in bytes; 0 before the first index. */
    private int sector;

    Reader(String name) {
      this.name = name;
    }

    CueSheet read(String text) throws IOException {
      for (String line : text.lines().toList()) {
        if (takeLine(line)) {
          break;
        }
      }
      return found.orElseThrow(
          () -> new CorruptImageException(name, "cue sheet", -1, "names no track of data"));
    }

    /** Reads a line, and returns whether the track of data ends there. */
    private boolean takeLine(String line) throws IOException {
      Matcher newFile = FILE.matcher(line);
      if (newFile.matches()) {
        if (found.isPresent()) {
          return true;
        }
        takeFile(newFile);
      }
      Matcher track = TRACK.matcher(line);
      if (track.matches()) {
        mode = track.group(1).toUpperCase(Locale.ROOT);
      }
      Matcher index = INDEX.matcher(line);
      return index.matches() && takeIndex(index);
    }

    private void takeFile(Matcher matcher) throws IOException {
      if (!matcher.group(3).equalsIgnoreCase("BINARY")) {
        throw new UnsupportedFeatureException(
            name, "a cue sheet's file of type " + matcher.group(3));
      }
      file = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      frames = 0;
      position = 0;
      sector = 0;
    }

    /** Reads an index, and returns whether the track of data ends there. */
    private boolean takeIndex(Matcher matcher) throws IOException {
      long at =
          (Long.parseLong(matcher.group(2)) * 60 + Long.parseLong(matcher.group(3))) * FRAMES
              + Long.parseLong(matcher.group(4));
      if (at < frames) {
        throw new CorruptImageException(name, "cue sheet", -1, "has an index that goes back");
      }
      position += (at - frames) * (sector == 0 ? sectorOf(mode) : sector);
      frames = at;
      sector = sectorOf(mode);
      if (found.isPresent()) {
        CueSheet track = found.get();
        found = Optional.of(new CueSheet(track.file, track.layout, track.start, position));
        return true;
      }
      if (Integer.parseInt(matcher.group(1)) >= 1 && !mode.equals("AUDIO") && !mode.isEmpty()) {
        found = Optional.of(new CueSheet(file, layout(), position, Long.MAX_VALUE));
      }
      return false;
    }

    private static int sectorOf(String mode) {
      int slash = mode.indexOf('/');
      return mode.substring(slash + 1).matches("\\d{4}")
          ? Integer.parseInt(mode.substring(slash + 1))
          : AUDIO;
    }

    private Optional<Layout> layout() throws IOException {
      return switch (mode) {
        case "MODE1/2048", "MODE2/2048" -> Optional.empty();
        case "MODE1/2352", "MODE2/2352" -> Optional.of(Layout.WHOLE);
        case "MODE1/2448", "MODE2/2448" -> Optional.of(Layout.WITH_SUBCHANNEL);
        case "MODE2/2336" -> Optional.of(Layout.WITHOUT_HEADER);
        default -> throw new UnsupportedFeatureException(name, "a track of type " + mode);
      };
    }
  }
}
