package io.diskformat.testing;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The standard output of a process that reports to a {@link WriteJournal} what it does. */
final class JournalOutput {
  private final FileOutputStream output = new FileOutputStream(FileDescriptor.out);

  /** Writes straight to the pipe, so that no line that was reported can be lost. */
  void report(int thread, String what) throws IOException {
    output.write((thread + " " + what + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
