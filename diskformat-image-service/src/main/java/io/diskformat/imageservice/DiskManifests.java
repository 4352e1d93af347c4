package io.diskformat.imageservice;

import io.diskformat.DiskImages;
import io.diskformat.Limits;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of the disks in images. Each is in a blob of its own, beside that of its image, and
 * is made before the image has its data. Thread-safe.
 */
final class DiskManifests {
  private static final System.Logger LOG = System.getLogger(DiskManifests.class.getName());
  private static final int BUFFER = 64 << 10;

  /** What the making of one takes of the heap, in bytes. */
  private static final long MEMORY = 12 << 20;

  /** Those of data that arrives may take this part of the heap together, and the others as much. */
  private static final int PART = 8;

  private static final int MOST_AT_ONCE = 32;

  private final Blobs blobs;
  private final boolean areMade;
  private final ContentHash hash;

  /** Places of data that arrives, which a slow client may keep for hours. */
  private final Semaphore arriving = places();

  /** Places of data that is stored, for which it is worth waiting. */
  private final Semaphore stored = places();

  DiskManifests(Blobs blobs, ServiceLimits limits) {
    this.blobs = blobs;
    this.areMade = limits.hashesContent();
    this.hash =
        ContentHash.sha256().workers(1).limits(Limits.none().largestDisk(limits.largestDisk()));
  }

  private static Semaphore places() {
    return new Semaphore(
        Math.clamp(Runtime.getRuntime().maxMemory() / PART / MEMORY, 1, MOST_AT_ONCE));
  }

  /** Returns the name of the blob with the manifest of the disk in another. */
  static String name(String blob) {
    return UUID.nameUUIDFromBytes(("manifest of " + blob).getBytes(StandardCharsets.US_ASCII))
        .toString();
  }

  /**
   * Begins the manifest of an upload.
   *
   * @param size of the data, in bytes, or a negative number if that is not known
   * @param target the stores that are to keep it
   * @return null if none is made
   */
  @Nullable ManifestMaking begin(Claims.Claim claim, long size, StoreFailures target)
      throws IOException {
    String format = claim.image().attributes().diskFormat();
    if (!areMade || format == null || !DiskImages.formats().contains(format)) {
      return null;
    }
    ManifestMaking making = new ManifestMaking(blobs, claim, format, target, hash, stored);
    if (size >= 0 || !format.equals("raw")) {
      making.begin(size, arriving);
    }
    return making;
  }

  /**
   * Opens the manifest of the disk in stored data.
   *
   * @return nothing if no store has one
   * @throws IOException if a store fails, and no other has one
   */
  Optional<SeekableByteChannel> open(StoredData data) throws IOException {
    IOException failure = null;
    for (Map.Entry<String, String> entry : data.blobs().entrySet()) {
      if (blobs.names().contains(entry.getKey())) {
        try {
          return Optional.of(blobs.of(entry.getKey()).open(name(entry.getValue())));
        } catch (NoSuchFileException e) {
          // Another may have it.
        } catch (IOException e) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /** Copies the manifest of data, if there is one. What fails is no failure of the copy of that. */
  void copy(StoredData data, String upload, StoreFailures target) {
    try {
      Optional<SeekableByteChannel> present = open(data);
      if (present.isPresent()) {
        try (SeekableByteChannel source = present.get();
            PendingManifest copy = new PendingManifest(blobs, upload, target)) {
          ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
          while (source.read(buffer.clear()) >= 0) {
            int _ = copy.write(buffer.flip());
          }
          copy.complete();
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "the manifest of " + data.blob() + " is not copied", e);
    }
  }
}
