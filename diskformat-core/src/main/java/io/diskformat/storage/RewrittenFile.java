package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An existing file that is written in place. It loses its content first: half of a new disk over
 * half of an old one would look like a whole disk.
 */
final class RewrittenFile extends NewFile {

  private RewrittenFile(Path target, String name, FileStorage storage) throws IOException {
    super(target, name, storage);
  }

  /**
   * Begins to rewrite a file.
   *
   * @throws AccessDeniedException if it cannot be written
   */
  static NewFile begin(Path target, String name) throws IOException {
    if (!Files.isWritable(target)) {
      throw new AccessDeniedException(
          name, null, "neither can it be written, nor replaced in its directory");
    }
    FileStorage storage = FileStorage.openUnseen(target, name);
    try {
      NewFile file = new RewrittenFile(target, name, storage);
      storage.resize(0);
      return file;
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  @Override
  void give() {
    // It has its name already.
  }

  @Override
  void takeBack() {
    // Its content is discarded when it is closed.
  }

  @Override
  void settle() {
    // Nothing was kept.
  }

  /**
   * {@inheritDoc} Where closing a file takes away locks, the last channel is closed while nobody in
   * this process can have another.
   */
  @Override
  void discard() throws IOException {
    try {
      empty(storage());
    } catch (ImageClosedException e) {
      try (FileStorage again = FileStorage.open(target, name, true, Sharing.LOCKED)) {
        empty(again);
      }
    }
  }

  private void empty(FileStorage open) throws IOException {
    try {
      open.resize(0);
    } finally {
      if (closingUnlocks()) {
        closeNow();
      }
    }
  }
}
