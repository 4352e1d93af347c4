package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host tells of a file's pages. */
final class NativeFileTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  @Test
  void tellsWhatIsInThePageCache() throws IOException {
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null, "no native calls on this system");
    Path path = directory.resolve("file");
    Files.write(path, new byte[8 * MIB]);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
      try (NativeFile file = NativeFile.open(io, path, false)) {
        assumeTrue(file.seemsCached(0, MIB), "the file system does not tell");
        assertTrue(file.seemsCached(0, 8 * MIB));
        // What is clean is dropped from the cache.
        Oracle.of("dd").run("if=" + path, "iflag=nocache", "count=0", "status=none").orFail();
        assertFalse(file.seemsCached(0, 8 * MIB));
        int read = channel.read(ByteBuffer.allocate(MIB), 0);
        assertTrue(read > 0 && file.seemsCached(0, 4096), "what was read is there again");
        file.close();
        assertFalse(file.seemsCached(0, 4096), "closed");
      }
    }
  }
}
