package io.diskformat.qcow2;

import io.diskformat.PassphraseException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.crypto.CipherPool;
import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.EncryptedStorage;
import io.diskformat.layer.GuestMap;
import io.diskformat.luks.LuksHeader;
import io.diskformat.luks.LuksKeys;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decrypts the clusters of an image's disk, if they are encrypted; compressed ones never are. LUKS
 * numbers sectors by their position in the data's file, so the whole file is decrypted; the older
 * method by their offset on the disk, so the bytes to which a map leads are decrypted.
 */
final class DiskCipher {
  private final Storage data;
  private final @Nullable CipherPool byOffset;

  private DiskCipher(Storage data, @Nullable CipherPool byOffset) {
    this.data = data;
    this.byOffset = byOffset;
  }

  /** Returns the cipher of an image whose disk nobody reads, or that is not encrypted. */
  static DiskCipher none(Storage data) {
    return new DiskCipher(data, null);
  }

  /**
   * Returns the cipher of an image.
   *
   * @param data the file with the disk's clusters
   * @throws PassphraseException if the passphrase is missing or wrong
   * @throws UnsupportedFeatureException if the cipher is not supported, or not for writing
   */
  static DiskCipher of(OpenRequest request, Qcow2Header header, Storage data) throws IOException {
    return switch (header.encryption()) {
      case NONE -> none(data);
      case LUKS -> new DiskCipher(luks(request, header, data), null);
      case AES -> aes(request, data);
    };
  }

  private static Storage luks(OpenRequest request, Qcow2Header header, Storage data)
      throws IOException {
    Storage image = request.storage();
    EncryptionHeader place = EncryptionHeader.of(image, header);
    LuksHeader luks = place.read(image);
    byte[] key = new LuksKeys(image, luks, place.length()).key(request.options().secret());
    try {
      return EncryptedStorage.over(data, luks.cipher(), key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The key is the passphrase itself, its first 16 bytes, or fewer and zeroes. */
  private static DiskCipher aes(OpenRequest request, Storage data) throws IOException {
    String image = request.storage().name();
    if (request.options().isWritable()) {
      throw new UnsupportedFeatureException(
          image, "writing an image with AES encryption, which has been superseded by LUKS");
    }
    CipherSpec spec = CipherSpec.legacyAes();
    byte[] passphrase = LuksKeys.passphrase(image, request.options().secret());
    byte[] key = Arrays.copyOf(passphrase, spec.keyBytes());
    try {
      return new DiskCipher(data, new CipherPool(image, spec, key));
    } finally {
      Arrays.fill(passphrase, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Returns the file with the disk's clusters; decrypted, if sectors are numbered by positions. */
  Storage data() {
    return data;
  }

  /** Returns where the bytes of a disk are in {@link #data(ClusterMap)}. */
  GuestMap map(ClusterMap map) {
    return byOffset == null ? map : new OffsetMap(map);
  }

  /** Returns the decrypted bytes that {@link #map} leads to. */
  Storage data(ClusterMap map) {
    return byOffset == null ? data : new OffsetDecryption(map, data, byOffset);
  }

  /** Wipes keys, where nothing else that is closed does. */
  void close() {
    if (byOffset != null) {
      byOffset.close();
    }
  }
}
