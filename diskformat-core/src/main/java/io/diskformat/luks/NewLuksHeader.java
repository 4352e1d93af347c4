package io.diskformat.luks;

import io.diskformat.crypto.Pbkdf2;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;

/** Writes a new header, with a new key that one passphrase opens. */
public final class NewLuksHeader {
  /** The part of the time for a key slot that the digest of the key may take. */
  private static final int DIGEST_PART = 8;

  private final LuksParameters parameters;
  private final SecureRandom random = new SecureRandom();

  /** Creates a writer. */
  public NewLuksHeader(LuksParameters parameters) {
    this.parameters = parameters;
  }

  /**
   * Writes the header, and returns the key of the disk, which the caller wipes.
   *
   * @param position where the header is to begin in the file, in bytes
   * @param passphrase is to open the key
   * @throws IOException if the file cannot be written
   */
  public byte[] write(Storage storage, long position, byte[] passphrase) throws IOException {
    int keyBytes = parameters.cipher().keyBytes();
    byte[] key = random(keyBytes);
    byte[] salt = random(LuksLayout.SALT_LENGTH);
    long iterations = LuksMaterial.iterationsIn(parameters.hash(), keyBytes, parameters.millis());
    Pbkdf2 derivation = new Pbkdf2(parameters.hash(), salt, iterations);
    byte[] material =
        LuksMaterial.of(
            key, passphrase, derivation, parameters.cipher(), parameters.hash(), random);
    storage.write(position + parameters.material(0), MemorySegment.ofArray(material));
    byte[] fields = fields(key, salt, iterations);
    storage.write(position, MemorySegment.ofArray(fields));
    return key;
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] fields(byte[] key, byte[] slotSalt, long iterations) throws IOException {
    byte[] salt = random(LuksLayout.SALT_LENGTH);
    long digestIterations = Math.max(LuksMaterial.LEAST_ITERATIONS, iterations / DIGEST_PART);
    byte[] digest =
        new Pbkdf2(parameters.hash(), salt, digestIterations).derive(key, LuksLayout.DIGEST_LENGTH);
    ByteBuffer fields = ByteBuffer.allocate(LuksLayout.LENGTH);
    fields.putLong(0, LuksLayout.MAGIC << 16).putShort(LuksLayout.VERSION, (short) 1);
    text(fields, LuksLayout.CIPHER, parameters.cipherName());
    text(fields, LuksLayout.MODE, parameters.modeText());
    text(fields, LuksLayout.HASH, parameters.hash().label());
    fields.putInt(LuksLayout.PAYLOAD, sectors(parameters.length()));
    fields.putInt(LuksLayout.KEY_BYTES, key.length);
    fields.put(LuksLayout.DIGEST, digest).put(LuksLayout.DIGEST_SALT, salt);
    fields.putInt(LuksLayout.DIGEST_ITERATIONS, (int) digestIterations);
    text(fields, LuksLayout.UUID, UUID.randomUUID().toString());
    for (int i = 0; i < LuksLayout.SLOTS; i++) {
      int at = LuksLayout.slot(i);
      fields.putInt(at, LuksLayout.INACTIVE);
      fields.putInt(at + LuksLayout.SLOT_MATERIAL, sectors(parameters.material(i)));
      fields.putInt(at + LuksLayout.SLOT_STRIPES, LuksLayout.STRIPES);
    }
    int first = LuksLayout.slot(0);
    fields.putInt(first, LuksLayout.ACTIVE);
    fields.putInt(first + LuksLayout.SLOT_ITERATIONS, (int) iterations);
    fields.put(first + LuksLayout.SLOT_SALT, slotSalt);
    Arrays.fill(digest, (byte) 0);
    return fields.array();
  }

  private static int sectors(long bytes) {
    return (int) (bytes / LuksLayout.SECTOR);
  }

  private static void text(ByteBuffer fields, int at, String text) {
    fields.put(at, text.getBytes(StandardCharsets.US_ASCII));
  }
}
