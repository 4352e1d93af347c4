package io.diskformat.luks;

import io.diskformat.CorruptImageException;
import io.diskformat.PassphraseException;
import io.diskformat.SecretSupplier;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.PassingImage;
import io.diskformat.storage.IoAction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks at a header of version 1 in an image that passes by: whether it says how a disk is
 * encrypted, in a way that this library knows, and with no more work than is sane. A passphrase
 * opens it, if there is one.
 */
public final class PassingLuksHeader {
  /** Takes the key of the disk, which is wiped afterwards. */
  @FunctionalInterface
  interface Opened {
    void with(LuksHeader header, byte[] key) throws IOException;
  }

  /**
   * The identifiers of the rules.
   *
   * @param unknown that something is not supported
   * @param malformed that the header makes no sense
   */
  public record Rules(String unknown, String malformed) {}

  private static final String PASSPHRASE = "luks.passphrase";

  private final PassingImage image;
  private final Rules rules;
  private final long position;
  private final long length;
  private final PassedRanges passed = new PassedRanges();

  private PassingLuksHeader(PassingImage image, Rules rules, long position, long length) {
    this.image = image;
    this.rules = rules;
    this.position = position;
    this.length = length;
  }

  /**
   * Asks for a header, and reports what is wrong with it.
   *
   * @param position where it begins in the file, in bytes
   * @param length of the area that the header and its key slots are in, in bytes
   */
  public static void look(PassingImage image, Rules rules, long position, long length) {
    look(image, rules, position, length, Optional.empty(), (header, key) -> {});
  }

  /**
   * Asks for a header, and for what its key slots hold, if there is a passphrase.
   *
   * @param opened called with the key, if the passphrase opens it
   */
  static void look(
      PassingImage image,
      Rules rules,
      long position,
      long length,
      Optional<SecretSupplier> secret,
      Opened opened) {
    PassingLuksHeader passing = new PassingLuksHeader(image, rules, position, length);
    image.need(
        position,
        LuksLayout.LENGTH,
        "the LUKS header",
        bytes -> passing.judging(() -> passing.header(bytes, secret, opened)));
  }

  private void header(ByteBuffer bytes, Optional<SecretSupplier> secret, Opened opened)
      throws IOException {
    passed.add(position, copy(bytes));
    LuksHeader header = LuksHeader.read(passed, position);
    // Says what is wrong with the key slots.
    LuksKeys keys = new LuksKeys(passed, header, length);
    List<LuksHeader.Slot> active = keys.active();
    if (secret.isPresent() && !active.isEmpty()) {
      int[] left = {active.size()};
      for (LuksHeader.Slot slot : active) {
        material(
            slot,
            header.keyBytes(),
            () -> {
              left[0]--;
              if (left[0] == 0) {
                open(keys, header, secret, opened);
              }
            });
      }
    }
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return copy;
  }

  /** Asks for what a key slot holds, piece by piece. */
  private void material(LuksHeader.Slot slot, int keyBytes, IoAction then) {
    long end = slot.materialEnd(keyBytes);
    byte[] material = new byte[(int) (end - slot.material())];
    piece(slot.material(), end, material, then);
  }

  private void piece(long at, long end, byte[] material, IoAction then) {
    int count = (int) Math.min(PassingImage.MOST_BYTES, end - at);
    int from = material.length - (int) (end - at);
    image.need(
        position + at,
        count,
        "the key slots",
        bytes -> {
          bytes.get(material, from, count);
          if (at + count < end) {
            piece(at + count, end, material, then);
          } else {
            passed.add(position + end - material.length, material);
            judging(then);
          }
        });
  }

  private static void open(
      LuksKeys keys, LuksHeader header, Optional<SecretSupplier> secret, Opened opened)
      throws IOException {
    byte[] key = keys.key(secret);
    try {
      opened.with(header, key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private void judging(IoAction look) {
    try {
      look.run();
    } catch (PassphraseException e) {
      image.refuse(PASSPHRASE, position, "the passphrase that was given does not open it");
    } catch (UnsupportedFeatureException e) {
      image.refuse(rules.unknown(), position, e.feature() + " is not supported");
    } catch (CorruptImageException e) {
      image.refuse(rules.malformed(), position, e.problem());
    } catch (IOException e) {
      image.refuse(PASSPHRASE, position, "its passphrase cannot be had: " + e.getMessage());
    }
  }
}
