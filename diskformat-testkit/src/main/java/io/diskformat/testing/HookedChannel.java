package io.diskformat.testing;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A channel of {@link HookedFiles}. */
final class HookedChannel extends FileChannel {
  private final HookedFiles files;
  private final Path path;
  private final FileChannel real;

  HookedChannel(HookedFiles files, Path path, FileChannel real) {
    this.files = files;
    this.path = path;
    this.real = real;
  }

  private <T> T run(String operation, HookedFiles.Operation<T> body) throws IOException {
    try {
      return files.run(operation, path, body);
    } catch (ClosedChannelException e) {
      // An interrupt closed the channel beneath.
      close();
      throw e;
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return run("read", () -> real.read(target));
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return run("read", () -> real.read(targets, offset, length));
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return run("read", () -> real.read(target, position));
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return run("write", () -> real.write(source));
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    return run("write", () -> real.write(sources, offset, length));
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    return run("write", () -> real.write(source, position));
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    FileChannel ignored = real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return run("size", real::size);
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    FileChannel ignored = run("truncate", () -> real.truncate(size));
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    boolean ignored =
        run(
            "force",
            () -> {
              real.force(metadata);
              return true;
            });
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return run("read", () -> real.transferTo(position, count, target));
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    return run("write", () -> real.transferFrom(source, position, count));
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return run("map", () -> real.map(mode, position, size));
  }

  @Override
  public MemorySegment map(MapMode mode, long position, long size, Arena arena) throws IOException {
    return run("map", () -> real.map(mode, position, size, arena));
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return run("lock", () -> real.lock(position, size, shared));
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return run("lock", () -> real.tryLock(position, size, shared));
  }

  @Override
  protected void implCloseChannel() throws IOException {
    try {
      boolean ignored = files.run("close", path, () -> true);
    } finally {
      real.close();
    }
  }
}
