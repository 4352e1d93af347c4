package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Checks the disks that a list of checksums names, and says of each what {@code sha256sum} would.
 */
final class ChecksumList {
  private static final String STANDARD_INPUT = "-";

  /** Computes the checksum of a disk. */
  interface Hasher {
    String hash(String file, Checksum checksum, Terminal terminal) throws IOException;
  }

  private final Checksum untagged;
  private final Hasher hasher;
  private final Terminal terminal;

  private int differing;
  private int unreadable;
  private int malformed;
  private int checked;

  /**
   * Prepares to check lists.
   *
   * @param untagged the kind of checksum in lines that do not name one
   */
  ChecksumList(Checksum untagged, Hasher hasher, Terminal terminal) {
    this.untagged = untagged;
    this.hasher = hasher;
    this.terminal = terminal;
  }

  /**
   * Checks all disks that a list names.
   *
   * @return whether there are any, and all are as listed
   * @throws IOException if the list cannot be read
   */
  boolean check(String list) throws IOException {
    differing = 0;
    unreadable = 0;
    malformed = 0;
    checked = 0;
    try (ListLines lines = open(list)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        Optional<ChecksumLine> parsed = ChecksumLine.parse(line);
        if (parsed.isPresent()) {
          check(parsed.get());
        } else {
          malformed++;
        }
      }
    }
    if (checked == 0) {
      terminal.error(list + ": no checksums in it");
      return false;
    }
    warn(malformed, "line is improperly formatted", "lines are improperly formatted");
    warn(unreadable, "listed file could not be read", "listed files could not be read");
    warn(differing, "computed checksum did NOT match", "computed checksums did NOT match");
    return differing + unreadable == 0;
  }

  private ListLines open(String list) throws IOException {
    return list.equals(STANDARD_INPUT)
        ? new ListLines("standard input", System.in, terminal.charset())
        : new ListLines(list, Files.newInputStream(Path.of(list)), terminal.charset());
  }

  private void check(ChecksumLine line) throws IOException {
    checked++;
    String verdict;
    try {
      Checksum checksum = line.tag().isEmpty() ? untagged : Checksum.tagged(line.tag());
      if (hasher.hash(line.file(), checksum, terminal).equals(line.hex())) {
        verdict = "OK";
      } else {
        verdict = "FAILED";
        differing++;
      }
    } catch (IOException | RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      terminal.error(Problems.sentence(e));
      verdict = "FAILED open or read";
      unreadable++;
    }
    String name = ChecksumLine.escaped(line.file());
    terminal.line((terminal.isInteractive() ? Terminal.printable(name) : name) + ": " + verdict);
  }

  private void warn(int count, String one, String several) {
    if (count > 0) {
      terminal.error("WARNING: " + count + " " + (count == 1 ? one : several));
    }
  }
}
