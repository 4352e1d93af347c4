package io.diskformat.luks;

import io.diskformat.DiskFormatException;
import io.diskformat.SecretSupplier;
import io.diskformat.crypto.Pbkdf2;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Adds passphrases to a header and removes them. A key slot becomes active only once all of it is
 * durable, and its material is overwritten only once it is durably not; so at each instant the
 * header has the passphrases from before or those from afterwards.
 */
public final class LuksKeyring {
  private final Storage storage;
  private final LuksHeader header;
  private final LuksKeys keys;
  private final long length;
  private final SecureRandom random = new SecureRandom();

  /**
   * Creates an object for a header.
   *
   * @param storage the file that the header is in
   * @param position where the header begins, in bytes
   * @param length of the area that the header and its key slots are in, in bytes
   * @throws IOException if the header cannot be read, or makes no sense
   */
  public LuksKeyring(Storage storage, long position, long length) throws IOException {
    this.storage = storage;
    this.header = LuksHeader.read(storage, position);
    this.length = length;
    this.keys = new LuksKeys(storage, header, length);
  }

  /**
   * Adds a passphrase, and makes that durable.
   *
   * @param existing supplies one that the header has
   * @param added supplies the new one
   * @param wanted the number of the slot, or empty for the first that is free
   * @param millis the time that trying the passphrase is to take, in milliseconds
   * @return the number of the slot
   * @throws DiskFormatException if the slot is in use, or all are
   * @throws IOException if the file cannot be read or written
   */
  public int add(
      Optional<SecretSupplier> existing, SecretSupplier added, OptionalInt wanted, long millis)
      throws IOException {
    LuksHeader.Slot slot = free(wanted);
    byte[] key = keys.key(existing);
    byte[] passphrase = new byte[0];
    try {
      passphrase = added.secretOf(header.image());
      fill(slot, key, passphrase, millis);
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(passphrase, (byte) 0);
    }
    return slot.index();
  }

  private LuksHeader.Slot free(OptionalInt wanted) throws IOException {
    List<LuksHeader.Slot> slots = header.slots();
    Optional<LuksHeader.Slot> free =
        slots.stream()
            .filter(s -> !s.active() && (wanted.isEmpty() || s.index() == wanted.getAsInt()))
            .findFirst();
    LuksHeader.Slot slot =
        free.orElseThrow(() ->
            new DiskFormatException(
                header.image()
                    + (wanted.isEmpty()
                        ? ": all of its key slots are in use"
                        : ": has no free key slot " + wanted.getAsInt())));
    header.checkMaterial(slot, length);
    return slot;
  }

  private void fill(LuksHeader.Slot slot, byte[] key, byte[] passphrase, long millis)
      throws IOException {
    byte[] salt = new byte[LuksLayout.SALT_LENGTH];
    random.nextBytes(salt);
    long iterations = LuksMaterial.iterationsIn(header.hash(), key.length, millis);
    Pbkdf2 derivation = new Pbkdf2(header.hash(), salt, iterations);
    write(
        slot.material(),
        LuksMaterial.of(key, passphrase, derivation, header.cipher(), header.hash(), random));
    ByteBuffer fields = ByteBuffer.allocate(LuksLayout.SLOT_MATERIAL);
    fields.putInt(LuksLayout.INACTIVE).putInt((int) iterations).put(salt);
    write(LuksLayout.slot(slot.index()), fields.array());
    storage.flush();
    writeState(slot, LuksLayout.ACTIVE);
  }

  private void write(long offset, byte[] bytes) throws IOException {
    storage.write(header.position() + offset, MemorySegment.ofArray(bytes));
  }

  private void writeState(LuksHeader.Slot slot, int state) throws IOException {
    write(LuksLayout.slot(slot.index()), ByteBuffer.allocate(Integer.BYTES).putInt(state).array());
    storage.flush();
  }

  /**
   * Removes a passphrase from all slots that it opens, and makes that durable.
   *
   * @param removed supplies it
   * @throws io.diskformat.PassphraseException if it opens none
   * @throws DiskFormatException if no other passphrase would be left
   * @throws IOException if the file cannot be read or written
   */
  public void remove(SecretSupplier removed) throws IOException {
    byte[] passphrase = removed.secretOf(header.image());
    try {
      List<LuksHeader.Slot> opened = keys.opened(passphrase);
      if (opened.isEmpty()) {
        throw keys.wrong();
      }
      remove(opened);
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
  }

  /**
   * Empties a slot, and makes that durable.
   *
   * @throws DiskFormatException if it is empty, or no other passphrase would be left
   * @throws IOException if the file cannot be read or written
   */
  public void remove(int index) throws IOException {
    List<LuksHeader.Slot> chosen =
        keys.active().stream().filter(slot -> slot.index() == index).toList();
    if (chosen.isEmpty()) {
      throw new DiskFormatException(header.image() + ": key slot " + index + " is not in use");
    }
    remove(chosen);
  }

  private void remove(List<LuksHeader.Slot> slots) throws IOException {
    if (slots.size() == keys.active().size()) {
      throw new DiskFormatException(
          header.image() + ": no passphrase would be left, and the disk would be lost");
    }
    for (LuksHeader.Slot slot : slots) {
      writeState(slot, LuksLayout.INACTIVE);
      byte[] noise = new byte[LuksLayout.STRIPES * header.keyBytes()];
      random.nextBytes(noise);
      write(slot.material(), noise);
      ByteBuffer nothing =
          ByteBuffer.allocate(LuksLayout.SLOT_MATERIAL).putInt(0, LuksLayout.INACTIVE);
      write(LuksLayout.slot(slot.index()), nothing.array());
      storage.flush();
    }
  }
}
