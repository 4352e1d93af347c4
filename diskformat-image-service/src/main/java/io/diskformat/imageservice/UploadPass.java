package io.diskformat.imageservice;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the data of an upload: it is inspected as it arrives, and hashed and stored by
 * threads beside, which share a few pieces of memory.
 */
final class UploadPass {
  /** In bytes; with {@link #PIECES}, what an upload takes of the heap. */
  private static final int PIECE = 128 << 10;

  private static final int PIECES = 4;

  private final BlockingQueue<Piece> free = new ArrayBlockingQueue<>(PIECES);
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
  private final MessageDigest md5 = digest("MD5");
  private final MessageDigest sha512 = digest("SHA-512");
  private final List<Sink> sinks;
  private final UploadInspection inspection;
  private final Allowance allowance;

  /** Some bytes of the upload, until all sinks have taken them. */
  private static final class Piece {
    private final byte[] bytes = new byte[PIECE];
    private final AtomicInteger users = new AtomicInteger();
    private int length;
  }

  /** What a thread does with the bytes. */
  @FunctionalInterface
  private interface Taker {
    void take(byte[] bytes, int length) throws IOException;
  }

  /** Is called between pieces, and may end the upload. */
  @FunctionalInterface
  interface Between {
    void pieces() throws IOException;
  }

  /** Is called before bytes are taken, and may end the upload. */
  @FunctionalInterface
  interface Allowance {
    /**
     * Allows them.
     *
     * @param size how many there are then, with those that came before
     */
    void use(long size) throws IOException;
  }

  /**
   * What a pass found.
   *
   * @param size how many bytes there were
   * @param virtualSize of the disk in them, in bytes
   */
  record Found(long size, long virtualSize, String md5, String sha512) {}

  /**
   * Prepares a pass.
   *
   * @param store takes the bytes
   * @param sums takes their checksums
   * @param manifest takes the bytes, too, if it is not null
   * @param allowance says how many bytes are taken
   */
  UploadPass(
      BlobStore.Pending store,
      BlockSums sums,
      @Nullable ManifestMaking manifest,
      UploadInspection inspection,
      Allowance allowance) {
    this.inspection = inspection;
    this.allowance = allowance;
    List<Sink> all = new ArrayList<>();
    // Checksums take so little time that a thread of their own would take more.
    all.add(
        new Sink((bytes, length) -> {
          sums.add(bytes, length);
          store.write(ByteBuffer.wrap(bytes, 0, length));
        }));
    all.add(new Sink((bytes, length) -> md5.update(bytes, 0, length)));
    all.add(new Sink((bytes, length) -> sha512.update(bytes, 0, length)));
    if (manifest != null) {
      all.add(new Sink(manifest::add));
    }
    sinks = List.copyOf(all);
    for (int i = 0; i < PIECES; i++) {
      free.add(new Piece());
    }
  }

  /**
   * Takes all bytes there are.
   *
   * @param between is called before each piece
   * @throws ImageServiceException if the data is refused
   */
  Found run(InputStream body, Between between) throws IOException {
    long size;
    // The end of the block waits for the sinks, which come to an end whatever happened.
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      sinks.forEach(threads::execute);
      try {
        size = read(body, between);
      } finally {
        sinks.forEach(Sink::end);
      }
    }
    throwFailure();
    return new Found(size, inspection.finish(), hex(md5), hex(sha512));
  }

  private long read(InputStream body, Between between) throws IOException {
    long size = 0;
    while (true) {
      throwFailure();
      between.pieces();
      Piece piece = take();
      fill(piece, body);
      size += piece.length;
      allowance.use(size);
      if (piece.length == 0) {
        return size;
      }
      piece.users.set(sinks.size());
      sinks.forEach(sink -> sink.queue.add(piece));
      if (piece.length < PIECE) {
        return size;
      }
    }
  }

  /** Fills a piece, unless the data ends before; each part is inspected at once. */
  private void fill(Piece piece, InputStream body) throws IOException {
    piece.length = 0;
    while (piece.length < PIECE) {
      int count = body.read(piece.bytes, piece.length, PIECE - piece.length);
      if (count < 0) {
        return;
      }
      inspection.accept(ByteBuffer.wrap(piece.bytes, piece.length, count).asReadOnlyBuffer());
      piece.length += count;
    }
  }

  private Piece take() throws InterruptedIOException {
    try {
      return free.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the upload was interrupted");
    }
  }

  private void throwFailure() throws IOException {
    IOException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it: " + algorithm, e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Takes pieces in their order. After a failure it only gives them back. */
  private final class Sink implements Runnable {
    private static final Piece END = new Piece();

    /** There are never more pieces in it than there are, and the end. */
    private final BlockingQueue<Piece> queue = new ArrayBlockingQueue<>(PIECES + 1);

    private final Taker taker;

    Sink(Taker taker) {
      this.taker = taker;
    }

    void end() {
      queue.add(END);
    }

    @Override
    public void run() {
      try {
        for (Piece piece = queue.take(); piece != END; piece = queue.take()) {
          take(piece);
          if (piece.users.decrementAndGet() == 0) {
            free.add(piece);
          }
        }
      } catch (InterruptedException e) {
        fail(new InterruptedIOException("the upload was interrupted"));
      }
    }

    private void take(Piece piece) {
      if (failure.get() == null) {
        try {
          taker.take(piece.bytes, piece.length);
        } catch (IOException e) {
          fail(e);
        } catch (RuntimeException | Error e) {
          // Whoever waits for the piece would wait for ever if this thread ended.
          fail(new IOException(e));
        }
      }
    }

    private void fail(IOException e) {
      boolean _ = failure.compareAndSet(null, e);
    }
  }
}
