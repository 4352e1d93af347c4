package io.diskformat.cli;

import io.diskformat.iso.build.DiscReport;
import java.io.IOException;
import java.util.Locale;

/** Says what became of a disc that was made. */
final class IsoReport {
  /** More names than a person reads. */
  private static final int MOST_NAMES = 20;

  private IsoReport() {}

  static void print(Terminal terminal, DiscReport report) throws IOException {
    int shown = 0;
    for (DiscReport.MappedName name : report.names()) {
      if (shown++ == MOST_NAMES) {
        terminal.line((report.names().size() - MOST_NAMES) + " more names are mapped.");
        break;
      }
      String tree = name.tree().name().toLowerCase(Locale.ROOT);
      String path = name.path().isEmpty() ? "the label" : name.path();
      String became =
          name.recorded().isEmpty() ? " cannot be recorded" : " is named " + name.recorded();
      terminal.line(Terminal.printable(path + became + " in the " + tree + " tree"));
    }
    terminal.line(report.size() + " bytes written.");
  }
}
