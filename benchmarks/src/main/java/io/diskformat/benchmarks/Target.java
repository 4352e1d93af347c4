package io.diskformat.benchmarks;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Where a benchmark writes: to an image by the library, or to a plain file that it is compared
 * with.
 */
interface Target extends Closeable {

  /** Writes {@code source} to the disk at {@code offset}. */
  void write(long offset, MemorySegment source) throws IOException;

  /** Makes what was written durable. */
  void flush() throws IOException;

  @Override
  void close() throws IOException;

  /**
   * Makes a new image.
   *
   * @param backing a raw backing file in the same directory, or null
   */
  static Target ofNewImage(Path path, String format, long size, @Nullable Path backing)
      throws IOException {
    CreateOptions options = CreateOptions.format(format).size(size).replaceExisting();
    if (backing != null) {
      options =
          options
              .option("backing_file", backing.getFileName().toString())
              .option("backing_fmt", "raw");
    }
    DiskImages.create(path, options);
    return new ImageTarget(
        DiskImages.open(
            path,
            OpenOptions.writable().format(format).references(ReferencePolicy.sameDirectory())));
  }

  /**
   * Makes a plain file whose space is reserved.
   *
   * @param longestStore the length of the longest writes that are stores through a mapping, in
   *     bytes; longer ones are system calls
   */
  static Target ofReservedFile(Path path, long size, long longestStore) throws IOException {
    Files.deleteIfExists(path);
    Files.createFile(path);
    Storage storage = FileStorage.open(path, true, FileStorage.Sharing.LOCKED);
    storage.reserve(0, size);
    // This maps it.
    storage.read(size - 1, MemorySegment.ofArray(new byte[1]));
    return new FileTarget(storage, FileChannel.open(path, StandardOpenOption.WRITE), longestStore);
  }

  /** Writes by the library. */
  record ImageTarget(DiskImage image) implements Target {
    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      image.write(offset, source);
    }

    @Override
    public void flush() throws IOException {
      image.flush();
    }

    @Override
    public void close() throws IOException {
      image.close();
    }
  }

  /** Writes a file where its space is reserved. */
  record FileTarget(Storage storage, FileChannel channel, long longestStore) implements Target {
    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      if (source.byteSize() <= longestStore) {
        MemorySegment.copy(source, 0, storage.mapped(), offset, source.byteSize());
      } else {
        ByteBuffer bytes = source.asByteBuffer();
        while (bytes.hasRemaining()) {
          var _ = channel.write(bytes, offset + bytes.position());
        }
      }
    }

    @Override
    public void flush() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
      storage.close();
    }
  }
}
