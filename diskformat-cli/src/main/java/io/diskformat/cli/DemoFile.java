package io.diskformat.cli;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Writes files of the demo by the JDK's channels, and adds to errors the file's name, which the JDK
 * leaves out.
 */
final class DemoFile {
  private DemoFile() {}

  /** The content to write. */
  @FunctionalInterface
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Makes a new file. */
  static void make(Path file, Content content) throws IOException {
    write(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), content);
  }

  /** Changes a file that is there. */
  static void change(Path file, Content content) throws IOException {
    write(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), content);
  }

  private static void write(Path file, Set<OpenOption> options, Content content)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, options)) {
      content.writeTo(channel);
    } catch (FileSystemException | ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(file + ": writing: " + e.getMessage(), e);
    }
  }
}
