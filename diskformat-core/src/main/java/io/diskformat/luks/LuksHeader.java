package io.diskformat.luks;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.HashAlgorithm;
import io.diskformat.spi.TextField;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A header of version 1, as {@link LuksLayout} draws it: how a disk is encrypted, as far as it
 * takes no secret to read. Immutable.
 */
public final class LuksHeader {
  /** The largest length of a key, in bytes: two of 256 bits. */
  private static final int MAX_KEY_BYTES = 64;

  private final String image;
  private final long position;
  private final ByteBuffer fields;

  private LuksHeader(String image, long position, ByteBuffer fields) {
    this.image = image;
    this.position = position;
    this.fields = fields;
  }

  /**
   * Reads a header.
   *
   * @param position where it begins, in bytes
   * @throws UnsupportedFeatureException if it is of another version
   * @throws CorruptImageException if it contradicts the specification
   * @throws IOException if it cannot be read
   */
  public static LuksHeader read(Storage storage, long position) throws IOException {
    ByteBuffer fields;
    try {
      fields = storage.read(position, LuksLayout.LENGTH);
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(), "LUKS header", position, "the file ends within it", e);
    }
    LuksHeader header = new LuksHeader(storage.name(), position, fields);
    header.check(fields.getLong(0) >>> 16 == LuksLayout.MAGIC, "its mark is missing");
    int version = fields.getShort(LuksLayout.VERSION) & 0xffff;
    if (version != 1) {
      throw new UnsupportedFeatureException(storage.name(), "LUKS version " + version);
    }
    long keyBytes = header.number(LuksLayout.KEY_BYTES);
    header.check(
        keyBytes > 0 && keyBytes <= MAX_KEY_BYTES, "its key has %d bytes, not 1 to 64", keyBytes);
    return header;
  }

  /** Returns the name of the file in error messages. */
  String image() {
    return image;
  }

  /** Returns where the header begins in the file, in bytes. */
  long position() {
    return position;
  }

  /** Returns where the encrypted data begins, from the start of the header, in bytes. */
  public long payload() {
    return sectors(LuksLayout.PAYLOAD);
  }

  int keyBytes() {
    return (int) number(LuksLayout.KEY_BYTES);
  }

  /**
   * Returns how the data is encrypted.
   *
   * @throws UnsupportedFeatureException if that is not supported
   */
  public CipherSpec cipher() throws UnsupportedFeatureException {
    try {
      return CipherSpec.of(cipherName(), mode(), keyBytes());
    } catch (IllegalArgumentException e) {
      throw new UnsupportedFeatureException(image, "LUKS with " + e.getMessage());
    }
  }

  /**
   * Returns the hash that keys are derived with.
   *
   * @throws UnsupportedFeatureException if it is not supported
   */
  HashAlgorithm hash() throws UnsupportedFeatureException {
    String name = text(LuksLayout.HASH, LuksLayout.NAME_LENGTH);
    try {
      return HashAlgorithm.available(name);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedFeatureException(image, "LUKS with the " + e.getMessage());
    }
  }

  private String cipherName() {
    return text(LuksLayout.CIPHER, LuksLayout.NAME_LENGTH);
  }

  private String mode() {
    return text(LuksLayout.MODE, LuksLayout.NAME_LENGTH);
  }

  long digestIterations() {
    return number(LuksLayout.DIGEST_ITERATIONS);
  }

  byte[] digestSalt() {
    return bytes(LuksLayout.DIGEST_SALT, LuksLayout.SALT_LENGTH);
  }

  byte[] digest() {
    return bytes(LuksLayout.DIGEST, LuksLayout.DIGEST_LENGTH);
  }

  // Key slots

  /**
   * A key slot.
   *
   * @param iterations how often the hash is iterated
   * @param material where the encrypted stripes are, from the start of the header, in bytes
   */
  record Slot(int index, boolean active, long iterations, long material, long stripes) {
    /** Returns where the stripes end, in bytes from the start of the header. */
    long materialEnd(int keyBytes) {
      return material + stripes * keyBytes;
    }
  }

  /**
   * Returns the key slots.
   *
   * @throws CorruptImageException if the state of one makes no sense
   */
  List<Slot> slots() throws CorruptImageException {
    List<Slot> slots = new ArrayList<>();
    for (int i = 0; i < LuksLayout.SLOTS; i++) {
      int at = LuksLayout.slot(i);
      int state = fields.getInt(at);
      check(
          state == LuksLayout.ACTIVE || state == LuksLayout.INACTIVE,
          "the state of key slot %d is 0x%08x",
          i,
          state);
      slots.add(
          new Slot(
              i,
              state == LuksLayout.ACTIVE,
              number(at + LuksLayout.SLOT_ITERATIONS),
              sectors(at + LuksLayout.SLOT_MATERIAL),
              number(at + LuksLayout.SLOT_STRIPES)));
    }
    return slots;
  }

  byte[] salt(Slot slot) {
    return bytes(LuksLayout.slot(slot.index()) + LuksLayout.SLOT_SALT, LuksLayout.SALT_LENGTH);
  }

  /**
   * Checks the place of a slot's material: after the header, before the data, and apart from that
   * of the other slots.
   *
   * @param length of the area that the header and the material are in, in bytes
   */
  void checkMaterial(Slot slot, long length) throws CorruptImageException {
    check(
        slot.stripes() == LuksLayout.STRIPES,
        "key slot %d has %d stripes, not 4000",
        slot.index(),
        slot.stripes());
    long end = slot.materialEnd(keyBytes());
    check(
        slot.material() >= LuksLayout.LENGTH && end <= Math.min(payload(), length),
        "the material of key slot %d is at %d to %d, not between the header and the data at %d",
        slot.index(),
        slot.material(),
        end,
        payload());
    for (Slot other : slots()) {
      check(
          other.index() == slot.index()
              || end <= other.material()
              || slot.material() >= other.material() + (long) LuksLayout.STRIPES * keyBytes(),
          "the material of key slots %d and %d overlaps",
          slot.index(),
          other.index());
    }
  }

  // Description

  /**
   * Returns what the header says, under the names that qemu-img gives it.
   *
   * @throws CorruptImageException if a key slot makes no sense
   */
  public Map<String, Object> describe() throws CorruptImageException {
    String[] parts = mode().split("-", 2);
    String[] generator = (parts.length == 2 ? parts[1] : "").split(":", 2);
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("cipher-alg", cipherName() + "-" + keyBits(parts[0]));
    described.put("cipher-mode", parts[0]);
    described.put("ivgen-alg", generator[0]);
    if (generator.length == 2) {
      described.put("ivgen-hash-alg", generator[1]);
    }
    described.put("hash-alg", text(LuksLayout.HASH, LuksLayout.NAME_LENGTH));
    described.put("payload-offset", payload());
    described.put("master-key-iters", digestIterations());
    described.put("uuid", text(LuksLayout.UUID, LuksLayout.UUID_LENGTH));
    described.put("slots", slots().stream().map(LuksHeader::describe).toList());
    return described;
  }

  /** In XTS mode, half of the key is for the sector's number. */
  private int keyBits(String mode) {
    return keyBytes() * Byte.SIZE / (mode.equals("xts") ? 2 : 1);
  }

  private static Map<String, Object> describe(Slot slot) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("active", slot.active());
    if (slot.active()) {
      described.put("iters", slot.iterations());
      described.put("stripes", slot.stripes());
    }
    described.put("key-offset", slot.material());
    return described;
  }

  // Fields

  private long number(int at) {
    return Integer.toUnsignedLong(fields.getInt(at));
  }

  private long sectors(int at) {
    return number(at) * LuksLayout.SECTOR;
  }

  private byte[] bytes(int at, int length) {
    byte[] bytes = new byte[length];
    fields.get(at, bytes);
    return bytes;
  }

  private String text(int at, int length) {
    return TextField.read(fields, at, length, StandardCharsets.ISO_8859_1);
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency of users
  private void check(boolean condition, String problem, Object... found)
      throws CorruptImageException {
    if (!condition) {
      throw new CorruptImageException(image, "LUKS header", position, problem.formatted(found));
    }
  }
}
