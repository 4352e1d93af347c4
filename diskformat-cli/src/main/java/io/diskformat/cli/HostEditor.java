package io.diskformat.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Has the user's own editor change a file of a guest, in a copy. */
final class HostEditor {
  private HostEditor() {}

  /** Returns the command of the user's editor. */
  static String command() {
    String editor = System.getenv("EDITOR");
    return editor == null || editor.isBlank() ? "vi" : editor;
  }

  /**
   * Edits a file.
   *
   * @param command of the editor, to which the name of the copy is added
   * @throws IOException if the editor fails
   */
  static void edit(String command, GuestChanges changes, String name) throws IOException {
    byte[] before = changes.read(name);
    Path directory = Files.createTempDirectory("diskformat-edit");
    Path copy = directory.resolve("file");
    try {
      Path _ = Files.write(copy, before);
      run(command, copy);
      byte[] after = Files.readAllBytes(copy);
      if (!Arrays.equals(before, after)) {
        changes.write(name, after);
      }
    } finally {
      boolean _ = Files.deleteIfExists(copy);
      deleteWithBackups(directory);
    }
  }

  private static void deleteWithBackups(Path directory) throws IOException {
    HostFiles.forEach(directory, Files::deleteIfExists);
    Files.delete(directory);
  }

  private static void run(String command, Path copy) throws IOException {
    Process process =
        new ProcessBuilder("sh", "-c", command + " \"$0\"", copy.toString()).inheritIO().start();
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException("the editor (" + command + ") failed with status " + status);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
