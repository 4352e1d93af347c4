package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStoreContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileBlobStoreTest extends BlobStoreContract {
  @TempDir private Path directory;

  @Override
  protected BlobStore open() throws IOException {
    return FileBlobStore.open(directory);
  }

  @Override
  protected int large() {
    return 3_000_000;
  }

  /** An empty directory may be deleted by whoever tidies up. */
  @Test
  void aDirectoryThatIsGoneIsMadeAgain() throws IOException {
    BlobStore store = open();
    for (String blob :
        new String[] {
          "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002"
        }) {
      try (BlobStore.Pending pending = store.begin(blob)) {
        pending.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertEquals(blob, pending.complete());
      }
      try (SeekableByteChannel channel = store.open(blob)) {
        assertEquals(3, channel.size());
      }
      store.delete(blob);
      Files.delete(directory.resolve("blobs/0a"));
    }
  }
}
