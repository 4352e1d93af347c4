package io.diskformat.luks;

import io.diskformat.CorruptImageException;
import io.diskformat.PassphraseException;
import io.diskformat.SecretSupplier;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.crypto.AntiForensic;
import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.HashAlgorithm;
import io.diskformat.crypto.Pbkdf2;
import io.diskformat.crypto.SectorCipher;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds the key with which a disk is encrypted. Each active key slot holds a copy, encrypted by a
 * key that is derived from a passphrase; a digest of the key says whether a passphrase was right.
 *
 * <p>How long that takes is up to the header. So that a hostile one does not keep a thread busy for
 * hours, no header is opened that asks for more than 2 to the power of 27 rounds of the hash in
 * all, which take half a minute or so, where tools aim at two seconds a slot.
 */
public final class LuksKeys {
  private static final long MOST_ROUNDS = 1L << 27;

  private final Storage storage;
  private final LuksHeader header;
  private final long length;
  private final CipherSpec cipher;
  private final HashAlgorithm hash;

  /**
   * Creates an object for a header, and checks what it says of its key slots.
   *
   * @param storage the file that the header is in
   * @param length of the area that the header and its key slots are in, in bytes
   * @throws UnsupportedFeatureException if the cipher or the hash is not supported
   * @throws CorruptImageException if a key slot is not where it can be
   * @throws IOException if the header cannot be read
   */
  public LuksKeys(Storage storage, LuksHeader header, long length) throws IOException {
    this.storage = storage;
    this.header = header;
    this.length = length;
    this.cipher = header.cipher();
    this.hash = header.hash();
    checkSlots();
  }

  private void checkSlots() throws IOException {
    long rounds = 0;
    for (LuksHeader.Slot slot : active()) {
      header.checkMaterial(slot, length);
      if (slot.iterations() == 0 || header.digestIterations() == 0) {
        throw corrupt("key slot " + slot.index() + " or the key's digest has no iterations");
      }
      rounds +=
          derivation(slot).rounds(header.keyBytes()) + digesting().rounds(LuksLayout.DIGEST_LENGTH);
    }
    if (rounds > MOST_ROUNDS) {
      throw new UnsupportedFeatureException(
          header.image(),
          "a LUKS header that asks for "
              + rounds
              + " rounds of its hash, more than "
              + MOST_ROUNDS
              + ", to try a passphrase");
    }
  }

  private CorruptImageException corrupt(String problem) {
    return new CorruptImageException(header.image(), "LUKS header", header.position(), problem);
  }

  List<LuksHeader.Slot> active() throws CorruptImageException {
    return header.slots().stream().filter(LuksHeader.Slot::active).toList();
  }

  private Pbkdf2 derivation(LuksHeader.Slot slot) {
    return new Pbkdf2(hash, header.salt(slot), slot.iterations());
  }

  private Pbkdf2 digesting() {
    return new Pbkdf2(hash, header.digestSalt(), header.digestIterations());
  }

  // Opening

  /**
   * Returns the key of the disk, which the caller wipes.
   *
   * @param secret supplies the passphrase
   * @throws PassphraseException if there is none, or it is not right
   * @throws IOException if the key cannot be read
   */
  public byte[] key(Optional<SecretSupplier> secret) throws IOException {
    byte[] passphrase = passphrase(header.image(), secret);
    try {
      for (LuksHeader.Slot slot : active()) {
        Optional<byte[]> key = key(slot, passphrase);
        if (key.isPresent()) {
          return key.get();
        }
      }
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
    throw wrong();
  }

  PassphraseException wrong() {
    return new PassphraseException(header.image(), PassphraseException.Reason.WRONG);
  }

  /** Returns the active slots that a passphrase opens. */
  List<LuksHeader.Slot> opened(byte[] passphrase) throws IOException {
    List<LuksHeader.Slot> opened = new ArrayList<>();
    for (LuksHeader.Slot slot : active()) {
      Optional<byte[]> key = key(slot, passphrase);
      if (key.isPresent()) {
        Arrays.fill(key.get(), (byte) 0);
        opened.add(slot);
      }
    }
    return opened;
  }

  /**
   * Returns the passphrase of an image, which the caller wipes.
   *
   * @throws PassphraseException if there is no supplier
   * @throws IOException if the supplier fails
   */
  public static byte[] passphrase(String image, Optional<SecretSupplier> secret)
      throws IOException {
    return secret
        .orElseThrow(() -> new PassphraseException(image, PassphraseException.Reason.MISSING))
        .secretOf(image);
  }

  /** Returns the key that a slot holds, if a passphrase opens it. */
  private Optional<byte[]> key(LuksHeader.Slot slot, byte[] passphrase) throws IOException {
    byte[] material = new byte[LuksMaterial.wholeSectors(header.keyBytes())];
    byte[] slotKey = derivation(slot).derive(passphrase, header.keyBytes());
    try {
      readMaterial(slot, material);
      SectorCipher decrypting = cipher.keyed(slotKey);
      decrypting.decrypt(0, material, 0, material.length);
      decrypting.wipe();
      byte[] key = AntiForensic.merge(hash, material, LuksLayout.STRIPES, header.keyBytes());
      if (isRight(key)) {
        return Optional.of(key);
      }
      Arrays.fill(key, (byte) 0);
      return Optional.empty();
    } finally {
      Arrays.fill(slotKey, (byte) 0);
      Arrays.fill(material, (byte) 0);
    }
  }

  private void readMaterial(LuksHeader.Slot slot, byte[] material) throws IOException {
    long at = header.position() + slot.material();
    try {
      long stored = slot.materialEnd(header.keyBytes()) - slot.material();
      storage.read(at, MemorySegment.ofArray(material).asSlice(0, stored));
    } catch (EOFException e) {
      throw new CorruptImageException(
          header.image(), "LUKS key slot " + slot.index(), at, "the file ends within it", e);
    }
  }

  private boolean isRight(byte[] key) throws IOException {
    byte[] digest = digesting().derive(key, LuksLayout.DIGEST_LENGTH);
    return MessageDigest.isEqual(digest, header.digest());
  }
}
