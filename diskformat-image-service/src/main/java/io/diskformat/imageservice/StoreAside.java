package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A store that virtual threads call by other threads. To open or delete a file keeps the carrier of
 * a virtual thread, of which there are no more than processors: a few calls of a file system that
 * hangs would be the end of all that a server does.
 */
final class StoreAside implements BlobStore {
  private static final int MOST_CALLS = 256;
  private static final int PATIENCE_SECONDS = 10;

  private final BlobStore store;

  /** A store that hangs keeps threads, of which there must not be as many as there are clients. */
  private final Semaphore places = new Semaphore(MOST_CALLS);

  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("image store").factory());

  StoreAside(BlobStore store) {
    this.store = store;
  }

  /** A call of the store. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T call(Call<T> call) throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      return call.run();
    }
    // Whoever is interrupted may still delete what he began, and what a call returns is not lost.
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          if (!places.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new ImageServiceException(Problem.UNAVAILABLE, "The store does not answer");
          }
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      Future<T> result = threads.submit(() -> released(call));
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IOException(e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private <T> T released(Call<T> call) throws IOException {
    try {
      return call.run();
    } finally {
      places.release();
    }
  }

  @Override
  public String type() {
    return store.type();
  }

  @Override
  public SortedMap<String, Object> properties() {
    return store.properties();
  }

  @Override
  public Pending begin(String upload) throws IOException {
    return new PendingAside(call(() -> store.begin(upload)));
  }

  @Override
  public SeekableByteChannel open(String blob) throws IOException {
    return call(() -> store.open(blob));
  }

  @Override
  public void delete(String blob) throws IOException {
    boolean _ =
        call(() -> {
          store.delete(blob);
          return true;
        });
  }

  @Override
  public void abandon(String upload) throws IOException {
    boolean _ =
        call(() -> {
          store.abandon(upload);
          return true;
        });
  }

  @Override
  public Stream<String> uploads() throws IOException {
    return store.uploads();
  }

  @Override
  public Stream<String> blobs() throws IOException {
    return store.blobs();
  }

  @Override
  public long free() throws IOException {
    return call(store::free);
  }

  /** What is begun. Most of it is written by threads of the upload, none of which is virtual. */
  private final class PendingAside implements Pending {
    private final Pending pending;

    PendingAside(Pending pending) {
      this.pending = pending;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      boolean _ =
          call(() -> {
            pending.write(bytes);
            return true;
          });
    }

    @Override
    public String complete() throws IOException {
      return call(pending::complete);
    }

    @Override
    public void close() throws IOException {
      boolean _ =
          call(() -> {
            pending.close();
            return true;
          });
    }
  }
}
