package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.luks.LuksHeader;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the LUKS header of an encrypted image is, in clusters of its own, which also hold the key
 * slots.
 *
 * <pre>
 * header extension
 * offset  size  field
 *    0      8   position of the LUKS header, the start of a cluster
 *    8      8   its length with the key slots, in bytes
 * </pre>
 *
 * @param position in bytes
 * @param length in bytes
 */
record EncryptionHeader(long position, long length) {
  /** The length of the extension, in bytes. */
  static final int EXTENSION_LENGTH = 16;

  /** The largest length of a header with its key slots, in bytes: eight times what tools make. */
  private static final long MOST = 16 << 20;

  /**
   * Returns where the header of an image with LUKS encryption is.
   *
   * @throws CorruptImageException if that is not in the file
   */
  static EncryptionHeader of(Storage storage, Qcow2Header header) throws IOException {
    byte[] pointer =
        header
            .extensions()
            .find(HeaderExtensions.ENCRYPTION_HEADER)
            .orElseThrow(() -> corrupt(storage, "names no encryption header, but needs one"));
    if (pointer.length < EXTENSION_LENGTH) {
      throw corrupt(
          storage, "the extension for the encryption header has only " + pointer.length + " bytes");
    }
    ByteBuffer fields = ByteBuffer.wrap(pointer);
    EncryptionHeader found = new EncryptionHeader(fields.getLong(), fields.getLong());
    if (!found.isWithin(storage.size(), header.clusterSize())) {
      throw corrupt(
          storage,
          "the encryption header has "
              + Long.toUnsignedString(found.length())
              + " bytes at "
              + Long.toUnsignedString(found.position())
              + ", not from the start of a cluster and within the file, which has "
              + storage.size()
              + " bytes");
    }
    return found;
  }

  private static CorruptImageException corrupt(Storage storage, String problem) {
    return new CorruptImageException(storage.name(), "header", 0, problem);
  }

  /** Reads the LUKS header. */
  LuksHeader read(Storage storage) throws IOException {
    return LuksHeader.read(storage, position);
  }

  /** Returns what the LUKS header says, under the names that qemu-img gives it. */
  Map<String, Object> describe(Storage storage) throws IOException {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("format", "luks");
    described.putAll(read(storage).describe());
    return described;
  }

  /** Returns the end of the header in the file, in bytes. */
  long end() {
    return position + length;
  }

  /**
   * Returns whether it is known where the header is, if the image must have one. If it is not, its
   * clusters look like leaks, though they hold the only key.
   */
  static boolean isKnown(Qcow2Header header, long fileSize) {
    return header.encryption() != Encryption.LUKS || range(header, fileSize)[1] > 0;
  }

  private boolean isWithin(long fileSize, int clusterSize) {
    return isPossible(clusterSize) && length <= fileSize && position <= fileSize - length;
  }

  /** Returns whether a header of that length may be there, in a file that is long enough. */
  boolean isPossible(long clusterSize) {
    return position > 0
        && (position & clusterSize - 1) == 0
        && length > 0
        && length <= MOST
        && position <= Long.MAX_VALUE - length;
  }

  /**
   * Returns the recorded position and length of the header. Both are 0 if there is none, or it
   * cannot be there, as a check reads the whole range.
   */
  static long[] range(Qcow2Header header, long fileSize) {
    byte[] pointer =
        header.extensions().find(HeaderExtensions.ENCRYPTION_HEADER).orElse(new byte[0]);
    if (pointer.length < 2 * Long.BYTES) {
      return new long[2];
    }
    ByteBuffer fields = ByteBuffer.wrap(pointer);
    EncryptionHeader found = new EncryptionHeader(fields.getLong(), fields.getLong());
    return found.isWithin(fileSize, header.clusterSize())
        ? new long[] {found.position(), found.length()}
        : new long[2];
  }
}
