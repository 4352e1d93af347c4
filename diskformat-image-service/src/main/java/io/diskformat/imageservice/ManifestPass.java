package io.diskformat.imageservice;

import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.ContentHash;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the manifest of a disk while its image arrives, by a thread beside. If that fails, as that
 * of data which is not in the order of the disk, the rest passes by. Not thread-safe.
 */
final class ManifestPass implements Closeable {
  private static final System.Logger LOG = System.getLogger(ManifestPass.class.getName());
  private static final int BUFFER = 64 << 10;

  /** In bytes: a disk has a whole number of them, and is zero beyond the end of its file. */
  private static final int SECTOR = 512;

  private final BytePipe pipe = new BytePipe();
  private final Thread thread;
  private boolean isOver;

  /** Set by the thread, before it ends. */
  private volatile ContentHash.@Nullable Result result;

  private ManifestPass(
      ContentHash hash, String name, String format, long size, WritableByteChannel manifest) {
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("manifest of an upload")
            .unstarted(() -> run(hash, name, format, size, manifest));
  }

  /**
   * Begins.
   *
   * @param name of the data in messages
   * @param size of it, in bytes; of a raw disk it must be known
   * @param manifest is written by the thread
   */
  static ManifestPass begin(
      ContentHash hash, String name, String format, long size, WritableByteChannel manifest) {
    ManifestPass pass = new ManifestPass(hash, name, format, size, manifest);
    pass.thread.start();
    return pass;
  }

  private void run(
      ContentHash hash, String name, String format, long size, WritableByteChannel manifest) {
    try {
      if (format.equals("raw")) {
        long diskSize = (size + SECTOR - 1) / SECTOR * SECTOR;
        Coming data = new Coming(pipe, (int) (diskSize - size));
        result = hash.of(data, name, diskSize, manifest);
      } else {
        try (ImageInput input =
            DiskImages.input(new Coming(pipe, 0), name, OpenOptions.readOnly().format(format))) {
          result = hash.of(input, manifest);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      LOG.log(System.Logger.Level.DEBUG, name + " is not hashed while it arrives", e);
    } finally {
      pipe.close();
    }
  }

  /** Takes the next bytes; waits while those before are not hashed. */
  void add(byte[] bytes, int length) throws IOException {
    if (!isOver) {
      try {
        int _ = pipe.write(ByteBuffer.wrap(bytes, 0, length));
      } catch (AsynchronousCloseException e) {
        isOver = true;
      }
    }
  }

  /**
   * Ends the manifest, as all data has come.
   *
   * @return the content hash; nothing if there is no manifest
   */
  Optional<ContentHash.Result> finish() throws InterruptedIOException {
    pipe.end(null);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the upload was interrupted");
    }
    return Optional.ofNullable(result);
  }

  /** Ends the thread, if it still works. */
  @Override
  public void close() {
    pipe.end(new IOException("the upload has ended"));
    // It may be at zeroes for which it reads nothing, and of which there may be any number.
    thread.interrupt();
    BytePipe.awaitEnd(thread);
  }

  /** What comes, and some zeroes behind it. */
  private static final class Coming implements ReadableByteChannel {
    private final BytePipe pipe;
    private final byte[] buffer = new byte[BUFFER];
    private int zeroes;

    Coming(BytePipe pipe, int zeroes) {
      this.pipe = pipe;
      this.zeroes = zeroes;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int most = Math.min(buffer.length, target.remaining());
      int count = pipe.read(buffer, 0, most);
      if (count < 0 && zeroes > 0) {
        count = Math.min(zeroes, most);
        zeroes -= count;
        Arrays.fill(buffer, 0, count, (byte) 0);
      }
      if (count > 0) {
        target.put(buffer, 0, count);
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // The pipe is closed by who reads it.
    }
  }
}
