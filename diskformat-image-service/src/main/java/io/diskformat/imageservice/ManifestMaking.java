package io.diskformat.imageservice;

import io.diskformat.DiskImage;
import io.diskformat.transfer.ContentHash;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Makes the manifest of an upload: of the data while it arrives, or else, where that is not in the
 * order of the disk, of what was stored. What keeps one from being made is no failure of the
 * upload. Not thread-safe.
 */
final class ManifestMaking implements Closeable {
  private static final System.Logger LOG = System.getLogger(ManifestMaking.class.getName());

  private final Blobs blobs;
  private final String upload;
  private final String image;
  private final String format;
  private final StoreFailures target;
  private final ContentHash hash;
  private final Semaphore stored;
  private @Nullable Passing passing;

  /** A manifest of data that passes by, and the places of those. */
  private record Passing(PendingManifest manifest, ManifestPass pass, Semaphore places) {}

  /**
   * Prepares it.
   *
   * @param format of the image
   * @param target the stores that are to keep it
   * @param stored the places for those that are made of what was stored, which is waited for
   */
  ManifestMaking(
      Blobs blobs,
      Claims.Claim claim,
      String format,
      StoreFailures target,
      ContentHash hash,
      Semaphore stored) {
    this.blobs = blobs;
    this.upload = claim.upload();
    this.image = "image " + claim.image().id();
    this.format = format;
    this.target = target;
    this.hash = hash;
    this.stored = stored;
  }

  /**
   * Begins to make it of the data while that arrives, if there is a place.
   *
   * @param size of the data, in bytes; of a raw disk it must be known
   * @param places of which it takes one
   */
  void begin(long size, Semaphore places) throws IOException {
    if (places.tryAcquire()) {
      boolean isBegun = false;
      try {
        PendingManifest manifest = new PendingManifest(blobs, upload, target);
        ManifestPass pass = ManifestPass.begin(hash, image, format, size, manifest);
        passing = new Passing(manifest, pass, places);
        isBegun = true;
      } finally {
        if (!isBegun) {
          places.release();
        }
      }
    }
  }

  /** Takes the next bytes of the data. */
  void add(byte[] bytes, int length) throws IOException {
    Passing present = passing;
    if (present != null) {
      present.pass.add(bytes, length);
    }
  }

  /**
   * Ends it, once the data is stored.
   *
   * @return the content hash; nothing if there is no manifest
   */
  Optional<String> finish() throws IOException {
    Passing present = passing;
    if (present != null) {
      Optional<ContentHash.Result> result = present.pass.finish();
      if (result.isPresent()) {
        present.manifest.complete();
        return Optional.of(result.get().hex());
      }
      close();
    }
    return ofStored();
  }

  private Optional<String> ofStored() throws IOException {
    try {
      stored.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the upload was interrupted");
    }
    try (PendingManifest manifest = new PendingManifest(blobs, upload, target);
        DiskImage disk =
            ChannelStorage.disk(image, blobs.of(target.whole().getFirst()).open(upload), format)) {
      String hex = hash.of(disk, manifest).hex();
      manifest.complete();
      return Optional.of(hex);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.INFO, image + " gets no manifest", e);
      return Optional.empty();
    } finally {
      stored.release();
    }
  }

  /** Ends it, and deletes what is not complete. */
  @Override
  public void close() throws IOException {
    Passing present = passing;
    if (present != null) {
      passing = null;
      try (PendingManifest _ = present.manifest) {
        present.pass.close();
      } finally {
        present.places.release();
      }
    }
  }
}
