package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class DurableTextTest {
  @TempDir private Path directory;

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aDiskThatHangsKeepsNoCarrier() throws Exception {
    DurableText text = new DurableText(directory, "text");
    text.keep("a");
    Path part = directory.resolve("text.part");
    HangingFile.at(
        part,
        () -> {
          text.keep("b");
          return true;
        },
        () -> assertEquals("a", text.load()));
    assertEquals("a", text.load());
    Files.delete(part);
    text.keep("c");
    assertEquals("c", text.load());
  }
}
