package io.diskformat.testing;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import io.diskformat.Snapshot;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Calls everything that an image has, as far as a call ends soon whatever the image claims. Throws
 * what is not a proper refusal.
 */
final class Exercise {
  private static final int PIECE = 64 << 10;
  private static final int MOST_PIECES = 40;
  private static final int MOST_EXTENTS = 20_000;
  private static final int MOST_SNAPSHOTS = 3;

  private final OpenOptions options;
  private final byte[] piece = new byte[PIECE];

  Exercise(String format) {
    options =
        OpenOptions.readOnly()
            .format(format)
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory())
            .secret(SecretSupplier.of(HostileInputProof.PASSPHRASE.toCharArray()));
  }

  /** An attempt that may be refused. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  /** Returns a checksum of the disk's content and of which parts of it were refused. */
  long run(Path file) throws IOException {
    CRC32 content = new CRC32();
    attempt(() -> DiskImages.open(file, options.metadataOnly()).close(), file);
    boolean clean = isClean(file);
    boolean opened =
        attempt(
            () -> {
              try (DiskImage image = DiskImages.open(file, options)) {
                content.update(1);
                attempt(image::info, file);
                read(image, file, content);
                walk(image, file);
                snapshots(image, file);
              }
            },
            file);
    if (!opened) {
      // It may be described all the same.
      attempt(
          () -> {
            try (DiskImage image = DiskImages.open(file, options.metadataOnly())) {
              attempt(image::info, file);
            }
          },
          file);
    }
    if (clean && !opened) {
      throw new AssertionError("a check finds nothing wrong, but it cannot be read");
    }
    return opened ? content.getValue() : -1;
  }

  /** Returns whether a check found nothing wrong; if it is refused, it did not. */
  private boolean isClean(Path file) throws IOException {
    boolean[] clean = new boolean[1];
    attempt(
        () -> {
          try (ImageMaintenance image = DiskImages.maintain(file, options)) {
            // What is encrypted is sound, and yet not read without its secret.
            clean[0] = image.check().isClean() && !image.info().isEncrypted();
          }
        },
        file);
    return clean[0];
  }

  private static boolean attempt(Attempt attempt, Path file) throws IOException {
    try {
      attempt.run();
      return true;
    } catch (DiskFormatException e) {
      if (!String.valueOf(e.getMessage()).contains(String.valueOf(file.getParent()))) {
        throw new AssertionError("the file is not named: " + e.getMessage(), e);
      }
      return false;
    } catch (NoSuchFileException e) {
      // Another file is named, and is not there.
      return false;
    }
  }

  private void read(BlockDevice device, Path file, CRC32 content) throws IOException {
    long size = device.size();
    for (int i = 0; i <= MOST_PIECES; i++) {
      long offset = i < MOST_PIECES ? (long) i * PIECE : Math.max(0, size - PIECE);
      int length = (int) Math.min(PIECE, size - offset);
      if (length <= 0) {
        continue;
      }
      boolean done =
          attempt(() -> device.read(offset, java.nio.ByteBuffer.wrap(piece, 0, length)), file);
      content.update(done ? 1 : 0);
      if (done) {
        content.update(piece, 0, length);
      }
    }
    attempt(() -> device.willRead(0, Math.min(size, 1 << 20)), file);
  }

  private static void walk(BlockDevice device, Path file) throws IOException {
    attempt(
        () -> {
          ExtentCursor cursor = device.extents();
          for (int i = 0; i < MOST_EXTENTS && cursor.next() != null; i++) {}
        },
        file);
  }

  private void snapshots(DiskImage image, Path file) throws IOException {
    attempt(
        () -> {
          List<Snapshot> snapshots = image.info().snapshots();
          for (Snapshot snapshot :
              snapshots.subList(0, Math.min(MOST_SNAPSHOTS, snapshots.size()))) {
            attempt(
                () -> {
                  try (BlockDevice device = image.openSnapshot(snapshot.id())) {
                    read(device, file, new CRC32());
                    walk(device, file);
                  }
                },
                file);
          }
        },
        file);
  }
}
