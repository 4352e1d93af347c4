package io.diskformat.luks;

import io.diskformat.spi.TextField;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A header of version 2, as the document "LUKS2 On-Disk Format Specification" describes it: for its
 * description alone, as its disk is not read.
 *
 * <pre>
 * offset  size  field                             offset  size  field
 *    0      6   mark, "LUKS" 0xba 0xbe               72    32   algorithm of the checksum
 *    6      2   version, 2                          104    64   salt
 *    8      8   length of this and of the text      168    40   UUID, as text
 *   16      8   sequence number                     208    48   subsystem
 *   24     48   label                               256     8   position of this header
 *
 * after 4096 bytes: text in JSON, padded by zeroes
 * </pre>
 */
final class Luks2Header {
  private static final int LENGTH = 4096;

  /** The largest length of header and text together, in bytes. */
  private static final long MOST = 4 << 20;

  private final ByteBuffer fields;
  private final String text;

  private Luks2Header(ByteBuffer fields, String text) {
    this.fields = fields;
    this.text = text;
  }

  /** Returns the header of version 2 at the start of a file, if that is what is there. */
  static Optional<Luks2Header> find(Storage storage) throws IOException {
    if (storage.size() < LENGTH) {
      return Optional.empty();
    }
    ByteBuffer fields = storage.read(0, LENGTH);
    if (fields.getLong(0) != (LuksLayout.MAGIC << 16 | 2)) {
      return Optional.empty();
    }
    long length = Math.clamp(fields.getLong(8), LENGTH, Math.min(MOST, storage.size()));
    byte[] json = storage.read(LENGTH, (int) length - LENGTH).array();
    return Optional.of(new Luks2Header(fields, new String(json, StandardCharsets.UTF_8)));
  }

  /** Returns where the data of the first segment begins, in bytes; 0 if that is not known. */
  long payload() {
    return Long.parseLong(find("segments", "\"offset\"\\s*:\\s*\"(\\d{1,18})\"").orElse("0"));
  }

  /** Returns the properties that people want to know. */
  Map<String, Object> describe() {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("version", 2L);
    described.put("uuid", field(168, 40));
    String label = field(24, 48);
    if (!label.isEmpty()) {
      described.put("label", label);
    }
    put(described, "cipher", "segments", "\"encryption\"\\s*:\\s*\"([^\"]{1,64})\"");
    put(described, "sector-size", "segments", "\"sector_size\"\\s*:\\s*(\\d{1,9})");
    put(described, "key-size", "keyslots", "\"key_size\"\\s*:\\s*(\\d{1,9})");
    put(described, "kdf", "kdf", "\"type\"\\s*:\\s*\"([^\"]{1,64})\"");
    described.put("payload-offset", payload());
    return described;
  }

  private void put(Map<String, Object> described, String name, String after, String pattern) {
    find(after, pattern).ifPresent(value -> described.put(name, value));
  }

  /** Finds a value behind the first member of a name; only a sketch of a parser. */
  private Optional<String> find(String after, String pattern) {
    int start = text.indexOf("\"" + after + "\"");
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return start >= 0 && matcher.find(start) ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private String field(int at, int length) {
    return TextField.read(fields, at, length, StandardCharsets.UTF_8);
  }
}
