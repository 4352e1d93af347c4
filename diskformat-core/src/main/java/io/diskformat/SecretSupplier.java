package io.diskformat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Supplies the passphrases of encrypted images. It is asked at the time at which a passphrase is
 * needed, so that none need be held in memory before or afterwards.
 */
@FunctionalInterface
public interface SecretSupplier {

  /**
   * Returns the passphrase of an image. Called once each time that an encrypted image is opened or
   * created, by the thread that does it.
   *
   * @param image the name of the image in error messages: its path, where it has one
   * @return the passphrase in a new array, which the caller of this method wipes
   * @throws IOException if there is none, or it cannot be had
   */
  byte[] secretOf(String image) throws IOException;

  /**
   * Returns a supplier of one passphrase for all images, in UTF-8.
   *
   * @param passphrase not copied: wipe it when no image is to be opened with it any more
   */
  static SecretSupplier of(char[] passphrase) {
    return image -> {
      byte[] longest = new byte[4 * passphrase.length];
      ByteBuffer encoded = ByteBuffer.wrap(longest);
      CoderResult result =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(passphrase), encoded, true);
      if (result.isError()) {
        throw new CharacterCodingException();
      }
      byte[] bytes = Arrays.copyOf(longest, encoded.position());
      Arrays.fill(longest, (byte) 0);
      return bytes;
    };
  }
}
