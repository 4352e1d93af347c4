package io.diskformat.cli;

import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.CheckReport.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes what a check finds, and what a repair changes, to the standard error as it comes: in the
 * words of qemu-img where it would find the same, which it writes whatever its options are.
 */
final class FoundProblems implements Consumer<Problem> {
  /** Changes that are kept. */
  private static final int MOST = 1000;

  private final Terminal terminal;
  private final boolean dryRun;
  private final boolean onlyAsQemu;
  private final List<Problem> changes = new ArrayList<>();
  private boolean empty = true;

  /**
   * Creates the writer of one check or repair.
   *
   * @param dryRun whether changes are only tried
   * @param onlyAsQemu whether what qemu-img would not find is not written
   */
  FoundProblems(Terminal terminal, boolean dryRun, boolean onlyAsQemu) {
    this.terminal = terminal;
    this.dryRun = dryRun;
    this.onlyAsQemu = onlyAsQemu;
  }

  @Override
  public void accept(Problem problem) {
    empty = false;
    boolean change = problem.severity() == Severity.REMARK && problem.kind() != Kind.MARK;
    if (change && changes.size() < MOST) {
      changes.add(problem);
    }
    if (problem.qemuText().isPresent()) {
      problem.qemuText().get().lines().forEach(this::write);
    } else if (!onlyAsQemu) {
      terminal.error(problem.toString());
    }
  }

  private void write(String line) {
    String said =
        dryRun && line.startsWith("Repairing ")
            ? line.replaceFirst("Repairing ", "Would repair ")
            : line;
    terminal.aside(Terminal.printable(said) + "\n");
  }

  /** Returns whether nothing was found and nothing changed. */
  boolean isEmpty() {
    return empty;
  }

  /** Returns what was changed, the first of it if that is much. */
  List<Problem> changes() {
    return changes;
  }

  /** Returns problems as members of a JSON object. */
  static List<Map<String, Object>> describe(List<Problem> problems) {
    List<Map<String, Object>> described = new ArrayList<>();
    for (Problem problem : problems) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("severity", name(problem.severity()));
      members.put("kind", name(problem.kind()));
      members.put("structure", problem.structure());
      if (problem.position() >= 0) {
        members.put("offset", problem.position());
      }
      if (problem.guestOffset() >= 0) {
        members.put("guest-offset", problem.guestOffset());
      }
      members.put("found", problem.found());
      members.put("expected", problem.expected());
      described.add(members);
    }
    return described;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
