package io.diskformat.crypto;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.MemoryBudget;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Ciphers of one key, each with a buffer to work in, for as many threads as read and write at once,
 * within a {@link MemoryBudget}: a thread that takes one while all are in use waits. Thread-safe.
 * Once there are ciphers, taking one takes no lock and allocates no object, unless it must wait.
 */
public final class CipherPool {
  /** The length of each buffer, in bytes. */
  public static final int BUFFER = 64 << 10;

  /** The memory of one cipher with its buffer and what it works in, at most, in bytes. */
  private static final int SHARE = BUFFER + (64 << 10);

  /** The memory of all of them, in bytes. */
  private static final int MOST = 8 << 20;

  /** A cipher and its buffer, of one thread at a time. */
  public static final class Work {
    private final SectorCipher cipher;
    private final byte[] buffer = new byte[BUFFER];

    private Work(SectorCipher cipher) {
      this.cipher = cipher;
    }

    /** Returns the cipher. */
    public SectorCipher cipher() {
      return cipher;
    }

    /** Returns the buffer itself, of {@link #BUFFER} bytes. */
    public byte[] buffer() {
      return buffer;
    }

    private void wipe() {
      cipher.wipe();
      Arrays.fill(buffer, (byte) 0);
    }
  }

  private final String image;
  private final CipherSpec spec;
  private final byte[] key;
  private final MemoryBudget budget = new MemoryBudget(SHARE, MOST);
  private final AtomicReferenceArray<@Nullable Work> idle =
      new AtomicReferenceArray<>(budget.shares());
  private volatile boolean closed;

  /**
   * Creates a pool.
   *
   * @param image its name in error messages
   * @param key is copied; the copy is wiped when the pool is closed
   */
  public CipherPool(String image, CipherSpec spec, byte[] key) {
    this.image = image;
    this.spec = spec;
    this.key = key.clone();
  }

  /**
   * Returns a cipher, which must be given back.
   *
   * @throws ImageClosedException if the pool is closed
   */
  public Work take() throws ImageClosedException {
    budget.take();
    for (int i = 0; i < idle.length(); i++) {
      if (idle.getPlain(i) != null) {
        Work work = idle.getAndSet(i, null);
        if (work != null) {
          return work;
        }
      }
    }
    Work made = null;
    try {
      made = make();
      return made;
    } finally {
      if (made == null) {
        budget.giveBack();
      }
    }
  }

  private synchronized Work make() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(image);
    }
    return new Work(spec.keyed(key));
  }

  /** Gives a cipher back. */
  public void giveBack(Work work) {
    boolean kept = false;
    for (int i = 0; i < idle.length() && !kept && !closed; i++) {
      kept = idle.getPlain(i) == null && idle.compareAndSet(i, null, work);
    }
    if (!kept) {
      work.wipe();
    } else if (closed) {
      wipeIdle();
    }
    budget.giveBack();
  }

  /** Wipes the keys; those of ciphers in use when they are given back. */
  public void close() {
    synchronized (this) {
      closed = true;
      Arrays.fill(key, (byte) 0);
    }
    wipeIdle();
  }

  private void wipeIdle() {
    for (int i = 0; i < idle.length(); i++) {
      Work work = idle.getAndSet(i, null);
      if (work != null) {
        work.wipe();
      }
    }
  }
}
