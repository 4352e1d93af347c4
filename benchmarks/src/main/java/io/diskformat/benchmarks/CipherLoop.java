package io.diskformat.benchmarks;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads or writes all of an encrypted disk in pieces of 1 MiB, in one thread, or does the same to a
 * raw one with the JDK's bare {@code AES/CTR} besides, the fastest cipher that there is here; and
 * prints how long that took, by the clock and in
 * CPU time. For the side-by-side script.
 */
public final class CipherLoop {
  private static final int PIECE = 1 << 20;
  private static final int ROUNDS = 4;

  private CipherLoop() {}

  /** A piece of the disk is read or written. */
  @FunctionalInterface
  private interface Piece {
    void at(long offset) throws IOException, GeneralSecurityException;
  }

  /**
   * Takes {@code read} or {@code write}, and a raw image, or an encrypted one and its passphrase.
   */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    boolean writes = args[0].equals("write");
    OpenOptions options = writes ? OpenOptions.writable() : OpenOptions.readOnly();
    byte[] bytes = new byte[PIECE];
    MemorySegment piece = MemorySegment.ofArray(bytes);
    boolean raw = args.length == 2;
    options =
        raw ? options.format("raw") : options.secret(SecretSupplier.of(args[2].toCharArray()));
    try (DiskImage image = DiskImages.open(Path.of(args[1]), options)) {
      @Nullable Cipher cipher = raw ? cipher() : null;
      Piece work =
          offset -> {
            if (writes) {
              apply(cipher, bytes);
              image.write(offset, piece);
            } else {
              image.read(offset, piece);
              apply(cipher, bytes);
            }
          };
      ThreadMXBean thread = ManagementFactory.getThreadMXBean();
      long nanos = 0;
      long cpu = 0;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        long startCpu = thread.getCurrentThreadCpuTime();
        for (long offset = 0; offset + PIECE <= image.size(); offset += PIECE) {
          work.at(offset);
        }
        nanos = System.nanoTime() - start;
        cpu = thread.getCurrentThreadCpuTime() - startCpu;
      }
      System.out.printf(
          Locale.ROOT,
          "Run completed in %.3f seconds, %.3f of CPU time.%n",
          nanos / 1e9,
          cpu / 1e9);
    }
  }

  private static Cipher cipher() throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(new byte[32], "AES"),
        new IvParameterSpec(new byte[16]));
    return cipher;
  }

  private static void apply(@Nullable Cipher cipher, byte[] bytes) throws GeneralSecurityException {
    if (cipher != null) {
      int _ = cipher.update(bytes, 0, bytes.length, bytes, 0);
    }
  }
}
