package io.diskformat.storage;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import org.jspecify.annotations.Nullable;

/**
 * The C library libdeflate, called by JNA, for compression only: it is some three times as fast as
 * zlib, which is no slower at decompression. It gets arrays, never mapped memory, whose faults in
 * native code would end the JVM.
 */
final class Libdeflate {
  /** The name of the file at run time; the name without a version is that for compilers. */
  static final String FILE = "libdeflate.so.0";

  private Libdeflate() {}

  /** The library's functions, bound by name. A compressor is a pointer, 0 if there is none. */
  private static final class Functions {
    static native long libdeflate_alloc_compressor(int level);

    static native void libdeflate_free_compressor(long compressor);

    static native long libdeflate_deflate_compress(
        long compressor, byte[] source, long length, byte[] target, long available);

    static native long libdeflate_zlib_compress(
        long compressor, byte[] source, long length, byte[] target, long available);
  }

  /** Holds the outcome of the one attempt to load the library. */
  private static final class Holder {
    // NativeAccess has logged why there are no native calls at all.
    static final @Nullable Libdeflate INSTANCE = NativeAccess.get() == null ? null : load(FILE);
  }

  /** Returns the library, or null if it is not available. */
  static @Nullable Libdeflate get() {
    return Holder.INSTANCE;
  }

  /**
   * Returns the library, loaded from a file of a name; if that fails, logs why and returns null.
   */
  static @Nullable Libdeflate load(String file) {
    Throwable reason;
    try {
      Native.register(Functions.class, NativeLibrary.getInstance(file));
      return new Libdeflate();
    } catch (LinkageError | RuntimeException e) {
      reason = e;
    }
    System.getLogger("io.diskformat.storage")
        .log(
            System.Logger.Level.DEBUG,
            "No libdeflate ("
                + String.valueOf(reason.getMessage()).lines().findFirst().orElse("")
                + "): zlib streams are made by java.util.zip, which takes up to three times as"
                + " long; install libdeflate0, or what your system calls the package of "
                + FILE);
    return null;
  }

  /** Returns a new compressor, which the caller frees, or 0 if there is no memory for one. */
  long allocate(int level) {
    return Functions.libdeflate_alloc_compressor(level);
  }

  void free(long compressor) {
    Functions.libdeflate_free_compressor(compressor);
  }

  /**
   * Compresses to {@code target}; returns the length of the stream, or 0 if it does not fit.
   *
   * @param zlib whether the stream has the header and trailer of zlib
   */
  int compress(long compressor, boolean zlib, byte[] source, byte[] target) {
    return (int)
        (zlib
            ? Functions.libdeflate_zlib_compress(
                compressor, source, source.length, target, target.length)
            : Functions.libdeflate_deflate_compress(
                compressor, source, source.length, target, target.length));
  }
}
