package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** The verb {@code edit}. */
final class EditVerb extends GuestChangeVerb {
  private final Argument expressions =
      options(
          "EXPR",
          "What to do with each line: s/PATTERN/REPLACEMENT/ as Perl has it, with the flags g and"
              + " i; several are separated by semicolons. No other expression of Perl is supported."
              + " Without this option, the editor that the environment variable EDITOR names is"
              + " started.",
          "-e",
          "--expr");
  private final Argument backup =
      option("SUFFIX", "Keep the file as it was under its name with this added.", "-b", "--backup");
  private final Argument first = parameter("PATH", "In the guest.");
  private final Argument more = furtherParameters("PATH", "");

  EditVerb() {
    super("edit", "Edits files of a guest.");
  }

  @Override
  void act(GuestChanges changes) throws IOException {
    List<PerlExpression> all = expressions.values().stream().map(PerlExpression::of).toList();
    List<String> paths = new ArrayList<>(first.values());
    paths.addAll(more.values());
    for (String path : paths) {
      if (backup.isGiven()) {
        Path _ =
            Files.copy(
                changes.path(path),
                changes.path(path + backup.required()),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
      }
      edit(changes, path, all);
    }
  }

  private static void edit(GuestChanges changes, String path, List<PerlExpression> expressions)
      throws IOException {
    if (expressions.isEmpty()) {
      HostEditor.edit(HostEditor.command(), changes, path);
      return;
    }
    byte[] before = changes.read(path);
    byte[] after = before;
    for (PerlExpression expression : expressions) {
      after = expression.apply(after);
    }
    if (!java.util.Arrays.equals(before, after)) {
      changes.write(path, after);
    }
  }
}
