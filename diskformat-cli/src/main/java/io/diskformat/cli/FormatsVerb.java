package io.diskformat.cli;

import io.diskformat.DiskImages;
import java.io.IOException;

/** The verb {@code formats}. */
final class FormatsVerb extends Verb {
  FormatsVerb() {
    super("formats", "Lists the formats that are installed.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    for (String format : DiskImages.formats()) {
      terminal.line(format);
    }
    return 0;
  }
}
