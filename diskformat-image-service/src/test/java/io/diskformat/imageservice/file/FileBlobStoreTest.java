package io.diskformat.imageservice.file;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStoreContract;
import java.io.IOException;
import java.nio.file.Path;
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
}
