package io.diskformat.vmdk;

import io.diskformat.spi.Probe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a file is, going by how it begins. */
enum FileShape {
  /** A text that says what a disk is made of. */
  DESCRIPTOR,
  /** A hosted sparse extent, which may have a descriptor in it. */
  SPARSE,
  /** A hosted sparse extent that its writer did not finish. */
  UNFINISHED,
  /** A sparse extent of ESX. */
  COWD,
  /** A space-efficient sparse extent of ESXi. */
  SE_SPARSE,
  /** None of these. */
  OTHER;

  /** How the first line of a descriptor begins, in lower case; some tools write two words. */
  private static final Pattern FIRST_LINE = Pattern.compile("#\\s*disk descriptor ?file.*");

  private static final Pattern VERSION = Pattern.compile("version\\s*=\\s*[1-9]");

  /** How many bytes are searched for the first line that is no comment. */
  static final int HEAD = 512;

  static FileShape of(Probe probe) throws IOException {
    if (probe.hasAt(0, "KDMV")) {
      return SPARSE;
    }
    if (probe.hasAt(0, "kdmv")) {
      return UNFINISHED;
    }
    if (probe.hasAt(0, "COWD")) {
      return COWD;
    }
    if (probe.hasAt(0, "\u00be\u00ba\u00fe\u00ca\0\0\0\0")) {
      return SE_SPARSE;
    }
    return isDescriptor(new String(probe.bytes(0, HEAD), StandardCharsets.ISO_8859_1))
        ? DESCRIPTOR
        : OTHER;
  }

  /** Returns whether the text in an extent can be a descriptor, however damaged. */
  static boolean isAnyDescriptor(byte[] text) {
    String all = new String(text, StandardCharsets.ISO_8859_1);
    return isDescriptor(all.substring(0, Math.min(all.length(), HEAD)))
        || all.toLowerCase(Locale.ROOT).contains("createtype");
  }

  /** As QEMU has it, the first line that is no comment says the version. */
  static boolean isDescriptor(String head) {
    boolean first = true;
    for (String line : head.toLowerCase(Locale.ROOT).split("[\r\n]", -1)) {
      String text = line.strip();
      if (first && FIRST_LINE.matcher(text).matches()) {
        return true;
      }
      if (!text.isEmpty() && !text.startsWith("#")) {
        return VERSION.matcher(text).matches();
      }
      first &= text.isEmpty();
    }
    return false;
  }
}
