package io.diskformat.testing;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The standard output of a process that tells a {@link WriteJournal} what it does. */
final class JournalOutput {
  private final FileOutputStream output = new FileOutputStream(FileDescriptor.out);

  /** Straight to the pipe, so that nothing that is told can be lost. */
  void tell(int thread, String what) throws IOException {
    output.write((thread + " " + what + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
