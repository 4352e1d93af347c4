package io.diskformat.luks;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.crypto.EncryptedStorage;
import io.diskformat.device.StorageDevice;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** An open LUKS image: the disk is what its data decrypts to. */
final class LuksImage extends StorageDevice implements DiskImage {
  private final Map<String, Object> details;

  private LuksImage(Storage disk, boolean writable, Map<String, Object> details)
      throws IOException {
    super(disk, writable);
    this.details = details;
  }

  static LuksImage open(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    if (request.options().isMetadataOnly()) {
      return described(storage);
    }
    LuksHeader header = header(storage);
    return new LuksImage(
        decrypted(request, header), request.options().isWritable(), header.describe());
  }

  /** Returns an image for its description alone, whose disk cannot be read. */
  static LuksImage described(Storage storage) throws IOException {
    Optional<Luks2Header> second = Luks2Header.find(storage);
    if (second.isPresent()) {
      Storage unread = new UnreadStorage(storage, second.get().payload());
      return new LuksImage(unread, false, second.get().describe());
    }
    LuksHeader header = header(storage);
    return new LuksImage(new UnreadStorage(storage, header.payload()), false, header.describe());
  }

  private static LuksHeader header(Storage storage) throws IOException {
    LuksHeader header = LuksHeader.read(storage, 0);
    long payload = header.payload();
    if (payload < LuksLayout.LENGTH || payload > storage.size()) {
      throw new CorruptImageException(
          storage.name(),
          "LUKS header",
          0,
          "its data begins at "
              + payload
              + ", not after the header and within the file, which has "
              + storage.size()
              + " bytes");
    }
    return header;
  }

  private static Storage decrypted(OpenRequest request, LuksHeader header) throws IOException {
    Storage storage = request.storage();
    byte[] key = new LuksKeys(storage, header, header.payload()).key(request.options().secret());
    try {
      return EncryptedStorage.owning(storage, header.payload(), header.cipher(), key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return new ImageInfo(
        "luks",
        storage().name(),
        size(),
        storage().allocatedSize(),
        OptionalLong.empty(),
        false,
        Optional.of("luks"),
        List.of(),
        Optional.empty(),
        List.of(),
        details);
  }
}
