package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.SizeText;
import io.diskformat.device.JoinedDevice;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The verb {@code dd}. */
final class DdVerb extends ReadingVerb {
  private static final List<String> OPERANDS = List.of("bs", "count", "if", "of", "skip");
  private static final int DEFAULT_BLOCK = 512;

  private final Argument targetFormat =
      option("FMT", "The new image's format; raw if not given.", "-O");
  private final Argument operands = furtherParameters("OPERAND", "");

  DdVerb() {
    super("dd", "Copies a part of a disk into a new image. A file that is there is replaced.");
    synopsis("[bs=BYTES] [count=N] [skip=N] if=FILE of=NEW");
    footer(
        "bs is 512 if not given. As with qemu-img, count says where in the disk to stop: skip"
            + " blocks before that are left out.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    Map<String, String> given = operands();
    String input = given.get("if");
    String output = given.get("of");
    if (input == null || output == null) {
      throw new IllegalArgumentException("dd needs both if=FILE and of=NEW; " + whereHelpIs());
    }
    long block = number(given, "bs", DEFAULT_BLOCK);
    if (block < 1 || block > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("bs must be from 1 to " + Integer.MAX_VALUE);
    }
    long count = number(given, "count", Long.MAX_VALUE);
    long skip = number(given, "skip", 0);
    try (DiskImage image = open(image(input, format()))) {
      long end = Math.min(image.size(), saturated(count, block));
      long start = saturated(skip, block);
      if (start > end) {
        // To qemu-img and dd, that is no failure.
        terminal.error(input + ": cannot skip to specified offset");
        start = end;
      }
      JoinedDevice range = JoinedDevice.slice(image, start, end - start);
      CreateOptions creating = CreateOptions.format(targetFormat.valueOr("raw")).replaceExisting();
      Conversion.from(range).to(Path.of(output), creating).run();
      Missing.report(terminal, range);
    }
    return 0;
  }

  private Map<String, String> operands() {
    Map<String, String> given = new HashMap<>();
    for (String operand : operands.values()) {
      int equals = operand.indexOf('=');
      String name = equals < 0 ? operand : operand.substring(0, equals);
      if (equals < 0 || !OPERANDS.contains(name)) {
        throw new IllegalArgumentException("unrecognized operand " + operand);
      }
      given.put(name, operand.substring(equals + 1));
    }
    return given;
  }

  private static long number(Map<String, String> given, String name, long otherwise) {
    String text = given.get(name);
    return text == null ? otherwise : SizeText.parse(text, name);
  }

  private static long saturated(long blocks, long block) {
    return blocks > Long.MAX_VALUE / block ? Long.MAX_VALUE : blocks * block;
  }
}
