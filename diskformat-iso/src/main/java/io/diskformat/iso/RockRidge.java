package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Rock Ridge says of a file, in entries of its {@link SystemUse}. Numbers of 8 bytes are in
 * both byte orders; what is too short is left out.
 *
 * <pre>
 * PX   4  8  mode                      NM   4  1  flags: 1 goes on, 2 itself, 4 above
 *     12  8  links                          5     a piece of the name
 *     20  8  owner                     CL   4  8  block of the directory that belongs here
 *     28  8  group                     PL         who the directory belongs to, not needed
 * TF   4  1  flags: 1 created,         RE         the directory belongs elsewhere
 *            2 modified, 4 accessed,
 *            8 attributes, 16 backup,
 *            32 expires, 64 effective, SF         the content has holes
 *            128 times of 17 bytes     SL         {@link LinkTarget}
 *      5     the times, in that order  ZF, Z2     {@link Compression}
 *                                      AL         {@link AttributeList}
 * </pre>
 */
final class RockRidge {
  /** The longest name, in bytes; no file system has longer ones than 255. */
  private static final int MOST_OF_NAME = 1024;

  private static final int GOES_ON = 1;
  private static final int ITSELF_OR_ABOVE = 2 | 4;
  private static final int LONG_TIMES = 128;

  private final DeviceBytes disc;
  private final DirectoryRecord record;
  private @Nullable ByteArrayOutputStream nameBytes;
  private boolean nameEnded;
  private @Nullable LinkTarget target;
  private Optional<FileTime> created = Optional.empty();
  private Optional<FileTime> modified = Optional.empty();
  private Optional<FileTime> accessed = Optional.empty();
  private long placedHere = -1;
  private boolean placedElsewhere;
  private @Nullable Compression compression;
  private @Nullable String unsupported;
  private boolean any;

  /** Entries that are parsed on demand: most listings need names alone. */
  private @Nullable Entry name;

  private @Nullable Entry posix;
  private @Nullable Entry times;

  private List<Entry> attributes = List.of();

  private RockRidge(DeviceBytes disc, DirectoryRecord record) {
    this.disc = disc;
    this.record = record;
  }

  /** An entry where it is. */
  private record Entry(ByteBuffer area, int at, int length) {
    int flags() {
      return area.get(at + 4);
    }

    long number(int offset) {
      return Integer.toUnsignedLong(area.getInt(at + offset));
    }

    /** Returns its bytes alone. */
    ByteBuffer bytes() {
      return area.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * Reads what is said of a file.
   *
   * @param skip as {@link SystemUse#skipped} returns it
   * @throws CorruptImageException if it has no end
   */
  static RockRidge of(DeviceBytes disc, int blockSize, DirectoryRecord record, int skip)
      throws IOException {
    RockRidge result = new RockRidge(disc, record);
    SystemUse entries = new SystemUse(disc, blockSize, record, skip);
    while (entries.next()) {
      result.take(entries.area(), entries.entry(), entries.length());
    }
    return result;
  }

  /** Returns nothing, for a file of a tree that has none of it. */
  static RockRidge none(DeviceBytes disc, DirectoryRecord record) {
    return new RockRidge(disc, record);
  }

  private void take(ByteBuffer area, int at, int length) throws CorruptImageException {
    boolean known = true;
    switch (area.getShort(at)) {
      case 'P' | 'X' << 8 -> posix = length >= 36 ? new Entry(area, at, length) : posix;
      case 'N' | 'M' << 8 -> takeName(new Entry(area, at, length));
      case 'T' | 'F' << 8 -> takeTimes(new Entry(area, at, length));
      case 'S' | 'L' << 8 -> takeTarget(new Entry(area, at, length));
      case 'C' | 'L' << 8 ->
          placedHere = length < 12 ? placedHere : Integer.toUnsignedLong(area.getInt(at + 4));
      case 'R' | 'E' << 8 -> placedElsewhere = true;
      case 'Z' | 'F' << 8, 'Z' | '2' << 8 ->
          compression = Compression.of(new Entry(area, at, length).bytes()).orElse(compression);
      case 'A' | 'L' << 8 -> {
        if (attributes.isEmpty()) {
          attributes = new ArrayList<>(1);
        }
        attributes.add(new Entry(area, at, length));
        known = false;
      }
      case 'S' | 'F' << 8 -> unsupported = "a sparse file of Rock Ridge";
      case 'R' | 'R' << 8, 'P' | 'L' << 8, 'P' | 'N' << 8 -> {}
      default -> known = false;
    }
    any |= known;
  }

  private void takeName(Entry entry) throws CorruptImageException {
    if (entry.length() < 5 || nameEnded) {
      return;
    }
    int flags = entry.flags();
    nameEnded = (flags & GOES_ON) == 0;
    if ((flags & ITSELF_OR_ABOVE) != 0) {
      return;
    }
    if (nameEnded && nameBytes == null) {
      // In one piece, as nearly all names are.
      name = entry;
      return;
    }
    if (nameBytes == null) {
      nameBytes = new ByteArrayOutputStream();
    }
    nameBytes.writeBytes(piece(entry));
    if (nameBytes.size() > MOST_OF_NAME) {
      throw disc.corrupt(
          "directory record",
          record.position(),
          "its name is longer than " + MOST_OF_NAME + " bytes");
    }
  }

  private static byte[] piece(Entry entry) {
    byte[] bytes = new byte[entry.length() - 5];
    entry.area().get(entry.at() + 5, bytes);
    return bytes;
  }

  private void takeTimes(Entry entry) {
    if (times != null) {
      readTimes(times);
    }
    times = entry;
  }

  private void readTimes() {
    if (times != null) {
      readTimes(times);
      times = null;
    }
  }

  private void readTimes(Entry entry) {
    if (entry.length() < 5) {
      return;
    }
    int flags = entry.flags();
    boolean digits = (flags & LONG_TIMES) != 0;
    int length = digits ? DiscTime.DIGITS : DiscTime.BYTES;
    int at = 5;
    for (int flag = 1; flag < LONG_TIMES && at + length <= entry.length(); flag <<= 1) {
      if ((flags & flag) == 0) {
        continue;
      }
      int where = entry.at() + at;
      Optional<FileTime> time =
          digits ? DiscTime.ofDigits(entry.area(), where) : DiscTime.ofBytes(entry.area(), where);
      switch (flag) {
        case 1 -> created = time;
        case 2 -> modified = time;
        case 4 -> accessed = time;
        default -> {}
      }
      at += length;
    }
  }

  private void takeTarget(Entry entry) throws CorruptImageException {
    LinkTarget to = target == null ? new LinkTarget() : target;
    target = to;
    if (!to.take(entry.bytes())) {
      throw disc.corrupt(
          "directory record",
          record.position(),
          "its symbolic link leads farther than " + LinkTarget.MOST + " bytes");
    }
  }

  /** Returns whether Rock Ridge says anything. */
  boolean isPresent() {
    return any;
  }

  /** Returns the name, or empty if none is recorded. */
  Optional<String> name() {
    if (nameBytes != null) {
      return nameBytes.size() == 0
          ? Optional.empty()
          : Optional.of(Names.text(nameBytes.toByteArray()));
    }
    return name == null || name.length() == 5
        ? Optional.empty()
        : Optional.of(Names.text(name.area(), name.at() + 5, name.length() - 5));
  }

  Optional<Posix> posix() {
    if (posix == null) {
      return Optional.empty();
    }
    Posix recorded = new Posix(mode(), posix.number(20), posix.number(28), posix.number(12));
    return Optional.of(recorded);
  }

  /** Returns type and permissions, or 0 if none are recorded. */
  int mode() {
    return posix == null ? 0 : (int) posix.number(4);
  }

  synchronized Optional<FileTime> created() {
    readTimes();
    return created;
  }

  synchronized Optional<FileTime> modified() {
    readTimes();
    return modified;
  }

  synchronized Optional<FileTime> accessed() {
    readTimes();
    return accessed;
  }

  /** Returns where a symbolic link leads, or empty if it is none. */
  Optional<String> target() {
    return target == null ? Optional.empty() : target.text();
  }

  /** Returns whether it is said where a symbolic link leads. */
  boolean hasTarget() {
    return target != null;
  }

  /** Returns the block of the directory that belongs here and is kept elsewhere, or -1. */
  long placedHere() {
    return placedHere;
  }

  /** Returns whether this directory is only kept here. */
  boolean isPlacedElsewhere() {
    return placedElsewhere;
  }

  /** Returns how the content is compressed, or empty if it is not. */
  Optional<Compression> compression() {
    return Optional.ofNullable(compression);
  }

  /** Returns the value of an attribute beside Rock Ridge's own, if it is recorded. */
  Optional<byte[]> attribute(String name) {
    return AttributeList.value(attributes.stream().map(Entry::bytes).toList(), name);
  }

  /** Returns the name of how the content is stored, if nothing here reads that. */
  Optional<String> unsupported() {
    return Optional.ofNullable(unsupported);
  }
}
