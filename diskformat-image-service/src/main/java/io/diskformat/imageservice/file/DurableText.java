package io.diskformat.imageservice.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A text in a file. Whatever happens, the file has the old text or the new one. */
public final class DurableText {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final DurableDirectory directory;
  private final String name;
  private final WritingThread thread = new WritingThread(PATIENCE);

  /**
   * Creates an object for a file in a directory, which is created if there is none.
   *
   * @param name of the file
   */
  public DurableText(Path directory, String name) throws IOException {
    this.directory = DurableDirectory.at(directory);
    this.name = name;
  }

  /** Returns the text, or null if there is no file. */
  public @Nullable String load() throws IOException {
    try {
      return Files.readString(directory.path().resolve(name), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Replaces the text, durably. */
  public void keep(String text) throws IOException {
    boolean _ =
        thread.run(() -> {
          write(text);
          return true;
        });
  }

  private synchronized void write(String text) throws IOException {
    Path part = directory.path().resolve(name + ".part");
    try (FileChannel file =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        int _ = file.write(bytes);
      }
      file.force(true);
    }
    Path _ = directory.take(part, name);
  }
}
