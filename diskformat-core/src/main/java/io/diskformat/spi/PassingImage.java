package io.diskformat.spi;

import io.diskformat.SecretSupplier;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An image of which nothing is known yet and whose bytes pass by once, as those of an upload do. A
 * format asks for the bytes that it wants to see, and says what it finds in them; it holds nothing
 * in proportion to what a header claims. So what it finds is the same however the bytes arrive, and
 * comes as early as can be: ask for few bytes at a time where they decide something.
 *
 * <p>Buffers are read-only, have their highest byte first, and belong to the format. Positions and
 * lengths are in bytes. Everything is called from one thread.
 *
 * <p>A rule's identifier is the format's name and what is wrong, {@code qcow2.backing-file} for
 * example; it never changes, since services decide by it. A sentence says what was found, for
 * people, without the name of the file. Positions are where in the file it was found.
 */
public interface PassingImage {
  /** The largest number of bytes that are asked for at once. */
  int MOST_BYTES = 1 << 16;

  /**
   * Asks for bytes. If the image ends before their last one, nothing is called.
   *
   * @param position from the start of the image; best beyond what has been seen, as only the first
   *     64 KiB are kept
   * @param length at most {@link #MOST_BYTES}
   * @param then called with all of them, once
   */
  void read(long position, int length, Consumer<ByteBuffer> then);

  /**
   * Asks for bytes that the image needs to have. If it ends before their last one, it was cut
   * short.
   *
   * @param position from the start of the image; best beyond what has been seen, as only the first
   *     64 KiB are kept
   * @param length at most {@link #MOST_BYTES}
   * @param what they are, for a sentence: {@code "the header"}
   * @param then called with all of them, once
   */
  void need(long position, int length, String what, Consumer<ByteBuffer> then);

  /**
   * Says that the image needs to have all bytes before a position, or was cut short.
   *
   * @param end the position; beyond any file if negative
   * @param what ends there, for a sentence: {@code "the block map"}
   */
  void reaches(long end, String what);

  /**
   * Asks for the last bytes of the image.
   *
   * @param length at most {@link #MOST_BYTES}; fewer come if the image has fewer
   * @param then called once, when the image has ended
   */
  void atEnd(int length, End then);

  /** Is handed the last bytes of an image. */
  @FunctionalInterface
  interface End {
    /**
     * Looks at the end.
     *
     * @param size the length of the whole image
     * @param tail its last bytes
     */
    void of(long size, ByteBuffer tail);
  }

  /** Says that the image bears the mark of the format. Without that, all else does not count. */
  void recognized();

  /**
   * Says which kind of image of the format this is.
   *
   * @param name as its tools spell it, {@code streamOptimized} for example
   */
  void variant(String name);

  /**
   * Says how large the disk is.
   *
   * @param size in bytes; if negative, larger than any disk can be
   * @param position of the field that says so
   */
  void disk(long size, long position);

  /**
   * Says that the disk is encrypted.
   *
   * @param method the name of the method, {@code luks} for example
   * @param position of the field that says so
   */
  void encrypted(String method, long position);

  /** Returns what supplies the passphrase of an encrypted image, if the caller has one. */
  Optional<SecretSupplier> secret();

  /**
   * Shows the start of a disk that is not in the file as it is, since it is encrypted, to be looked
   * at as an image of its own.
   *
   * @param start the first bytes of the disk
   * @param position where these are in the file
   */
  void holds(ByteBuffer start, long position);

  /** Reports what makes the image unfit to be taken from somebody who is not trusted. */
  void refuse(String rule, long position, String sentence);

  /** Reports what is unusual, and does no harm by itself. */
  void warn(String rule, long position, String sentence);
}
