package io.diskformat.iso.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Rock Ridge says of a file, as entries behind its name. Numbers of 8 bytes are in both byte
 * orders.
 *
 * <pre>
 * SP   4  2  mark, BE EF                 NM   4  1  flags: 1 goes on
 *      6  1  bytes to skip: none              5     a piece of the name
 * ER   4  4  lengths of three texts,     CL   4  8  block of the directory that belongs here
 *            and the version: 1          PL   4  8  block of the directory it belongs to
 *      8     the texts                   RE         the directory belongs elsewhere
 * PX   4  8  mode                        ZF   4  2  how the content is compressed, "pz" or "PZ"
 *     12  8  links                            6  1  length of its header, in words
 *     20  8  owner                            7  1  binary logarithm of the size of a block
 *     28  8  group                            8  8  size of the content when decompressed
 * PN   4  8  number of the device, high  TF   4  1  flags: 1 created, 2 modified, 4 accessed,
 *     12  8  and low                                128 times of 17 bytes
 *                                             5     the times, in that order
 * </pre>
 *
 * <p>Where links lead is in {@link TargetEntries}.
 */
final class RockRidgeEntries {
  private static final int HEAD = 4;
  private static final int LONGEST = 255;
  private static final int GOES_ON = 1;

  private static final String[] EXTENSION = {
    "RRIP_1991A",
    "THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS",
    "PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN PRIMARY"
        + " VOLUME DESCRIPTOR FOR CONTACT INFORMATION."
  };

  private RockRidgeEntries() {}

  private static ByteBuffer entry(String signature, int length, int version) {
    ByteBuffer entry = DiscFields.buffer(length);
    entry.put(0, (byte) signature.charAt(0));
    entry.put(1, (byte) signature.charAt(1));
    entry.put(2, (byte) length);
    entry.put(3, (byte) version);
    return entry;
  }

  /** Returns the entry that begins the root's record of itself: that there are others. */
  static byte[] shared() {
    return DiscFields.bytes(entry("SP", 7, 1).put(4, (byte) 0xbe).put(5, (byte) 0xef));
  }

  /** Returns the entry that says whose entries there are. */
  static byte[] extension() {
    String texts = String.join("", EXTENSION);
    ByteBuffer entry = entry("ER", 8 + texts.length(), 1);
    for (int i = 0; i < EXTENSION.length; i++) {
      entry.put(HEAD + i, (byte) EXTENSION[i].length());
    }
    return DiscFields.bytes(entry.put(7, (byte) 1).put(8, DiscFields.ascii(texts)));
  }

  /** Returns an entry that leads to a directory: CL to the one that belongs here, PL back. */
  static byte[] leadingTo(String signature) {
    return DiscFields.bytes(entry(signature, 12, 1));
  }

  /** Returns the entry of a directory that is only kept where it is. */
  static byte[] placedElsewhere() {
    return DiscFields.bytes(entry("RE", HEAD, 1));
  }

  /** Returns what is recorded of a file besides its name. */
  static List<byte[]> of(Node node) {
    List<byte[]> entries = new ArrayList<>();
    DiscAttributes attributes = node.recorded();
    ByteBuffer posix = entry("PX", 36, 1);
    DiscFields.both32(posix, 4, node.kind().type() | attributes.mode());
    DiscFields.both32(posix, 12, links(node));
    DiscFields.both32(posix, 20, attributes.owner());
    DiscFields.both32(posix, 28, attributes.group());
    entries.add(DiscFields.bytes(posix));
    entries.add(times(attributes));
    switch (node.kind()) {
      case LINK -> entries.addAll(TargetEntries.of(node.target()));
      case CHARACTER_DEVICE, BLOCK_DEVICE -> entries.add(device(node.device()));
      default -> {}
    }
    FileData data = node.data();
    if (data != null) {
      data.compressed().ifPresent(how -> entries.add(compressed(how)));
    }
    return entries;
  }

  private static long links(Node node) {
    return node.isDirectory()
        ? 2 + node.children().stream().filter(Node::isDirectory).count()
        : node.links();
  }

  private static byte[] times(DiscAttributes attributes) {
    List<Instant> times =
        Stream.of(
                attributes.created().stream(),
                Stream.of(attributes.modified()),
                attributes.accessed().stream())
            .flatMap(each -> each)
            .toList();
    int flags =
        (attributes.created().isPresent() ? 1 : 0)
            | 2
            | (attributes.accessed().isPresent() ? 4 : 0);
    boolean short7 = times.stream().allMatch(DiscFields::fitsBytes);
    int length = short7 ? 7 : 17;
    ByteBuffer entry = entry("TF", 5 + times.size() * length, 1);
    entry.put(HEAD, (byte) (short7 ? flags : flags | 128));
    int at = 5;
    for (Instant time : times) {
      if (short7) {
        DiscFields.time(entry, at, time);
      } else {
        DiscFields.digits(entry, at, time);
      }
      at += length;
    }
    return DiscFields.bytes(entry);
  }

  private static byte[] device(long number) {
    ByteBuffer entry = entry("PN", 20, 1);
    DiscFields.both32(entry, 4, number >>> 32);
    DiscFields.both32(entry, 12, number);
    return DiscFields.bytes(entry);
  }

  private static byte[] compressed(FileData.Compressed how) {
    ByteBuffer entry = entry("ZF", 16, how.version());
    entry.put(4, DiscFields.ascii(how.version() == 1 ? "pz" : "PZ"));
    entry.put(6, (byte) how.headerWords());
    entry.put(7, (byte) how.blockBits());
    if (how.version() == 1) {
      DiscFields.both32(entry, 8, how.size());
    } else {
      entry.putLong(8, how.size());
    }
    return DiscFields.bytes(entry);
  }

  /** Returns a name, in as many entries as it takes. */
  static List<byte[]> name(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    List<byte[]> entries = new ArrayList<>();
    int most = LONGEST - 5;
    for (int at = 0; at < bytes.length; at += most) {
      int length = Math.min(most, bytes.length - at);
      ByteBuffer entry = entry("NM", 5 + length, 1);
      entry.put(HEAD, (byte) (at + length < bytes.length ? GOES_ON : 0));
      entry.put(5, bytes, at, length);
      entries.add(DiscFields.bytes(entry));
    }
    return entries;
  }
}
