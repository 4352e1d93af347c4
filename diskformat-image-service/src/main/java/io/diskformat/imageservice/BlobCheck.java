package io.diskformat.imageservice;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.CachedStorage;
import io.diskformat.transfer.Manifest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks stored data: its size, its digests, the checksums of its blocks, and its structure. */
final class BlobCheck {
  private static final int MOST_RANGES = 1000;

  private final BlobStore blobs;
  private final String blob;
  private final ImageRecord image;
  private final StoredData data;
  private final long rate;
  private final List<String> problems = new ArrayList<>();
  private final List<ImageReport.Range> damaged = new ArrayList<>();
  private Optional<List<ImageReport.Range>> damagedDisk = Optional.empty();

  private BlobCheck(BlobStore blobs, String blob, ImageRecord image, StoredData data, long rate) {
    this.blobs = blobs;
    this.blob = blob;
    this.image = image;
    this.data = data;
    this.rate = rate;
  }

  /**
   * Checks the data of an image, in each of the stores that have it, whatever becomes of the
   * others.
   *
   * @param rate how many bytes of the data are read in a second at most
   * @return nothing if it has none
   * @throws IOException if the check was interrupted
   */
  static Optional<ImageReport> of(Blobs blobs, ImageRecord image, long rate) throws IOException {
    StoredData data = image.data();
    if (data == null) {
      return Optional.empty();
    }
    List<String> problems = new ArrayList<>();
    List<ImageReport.Range> damaged = new ArrayList<>();
    List<String> notChecked = new ArrayList<>();
    List<ImageReport.Range> damagedDisk = new ArrayList<>();
    boolean isDiskKnown = false;
    for (Map.Entry<String, String> entry : data.blobs().entrySet()) {
      String store = entry.getKey();
      String place = blobs.stores().areShown() ? "Store " + store + ": " : "";
      if (!blobs.names().contains(store)) {
        problems.add("Store " + store + " is none of this service");
        continue;
      }
      BlobCheck check = new BlobCheck(blobs.of(store), entry.getValue(), image, data, rate);
      try {
        check.run();
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        notChecked.add(place + "The data could not be checked: " + reason(e));
      }
      check.problems.forEach(problem -> problems.add(place + problem));
      damaged.addAll(check.damaged);
      check.damagedDisk.ifPresent(damagedDisk::addAll);
      isDiskKnown |= check.damagedDisk.isPresent();
    }
    return Optional.of(
        new ImageReport(
            image.id(),
            problems,
            damaged,
            isDiskKnown ? Optional.of(damagedDisk) : Optional.empty(),
            notChecked));
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private void run() throws IOException {
    try (SeekableByteChannel channel = blobs.open(blob)) {
      checkDisk(checkBytes(channel));
      checkStructure(channel);
    } catch (NoSuchFileException e) {
      problems.add("The store does not have the data");
    }
  }

  /** Returns whether the bytes are what they were. */
  private boolean checkBytes(SeekableByteChannel channel) throws IOException {
    if (channel.size() != data.size()) {
      problems.add(
          "The data has %d bytes, and %d were stored".formatted(channel.size(), data.size()));
    }
    MessageDigest digest = sha512();
    try (SumsOfStore sums = new SumsOfStore(blobs, blob)) {
      BlockSums.Blocks blocks = new BlockSums.Blocks(sums::compare);
      ByteBuffer buffer = ByteBuffer.allocate(BlockSums.BLOCK);
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
        blocks.add(buffer.array(), buffer.limit());
        pause(buffer.limit());
      }
      blocks.end();
      boolean isSame = HexFormat.of().formatHex(digest.digest()).equals(data.sha512());
      if (!isSame) {
        problems.add("The SHA-512 of the data is not what it was");
        sums.end(channel.size()).ifPresentOrElse(damaged::addAll, this::noSums);
      } else if (sums.end(channel.size()).isEmpty()) {
        noSums();
      }
      return isSame;
    }
  }

  /** Waits for as long as these bytes may take. */
  private void pause(int bytes) throws InterruptedIOException {
    long nanos = (long) (1e9 * bytes / rate);
    if (nanos > 0) {
      try {
        Thread.sleep(Duration.ofNanos(nanos));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the check was interrupted");
      }
    }
  }

  private void noSums() {
    problems.add("The checksums of the blocks are missing or damaged");
  }

  /** If the bytes are what they were, so is the disk. */
  private void checkDisk(boolean isSame) throws IOException {
    DiskCheck check = new DiskCheck(blobs, blob, image);
    try {
      Optional<Manifest> manifest = check.manifest();
      if (manifest.isPresent() && !isSame) {
        damagedDisk = Optional.of(check.damaged(manifest.get()));
      }
    } catch (DiskFormatException e) {
      problems.add("The manifest of the disk is damaged");
    }
  }

  private void checkStructure(SeekableByteChannel channel) throws IOException {
    String format = image.attributes().diskFormat();
    if (format == null || !DiskImages.formats().contains(format)) {
      return;
    }
    CachedStorage storage = new CachedStorage(new ChannelStorage("image " + image.id(), channel));
    try (ImageMaintenance maintenance =
        DiskImages.maintain(storage, OpenOptions.readOnly().format(format))) {
      CheckReport report = maintenance.check();
      for (CheckReport.Problem problem : report.problems()) {
        if (problem.severity() == CheckReport.Severity.CORRUPTION) {
          problems.add(problem.toString());
        }
      }
    } catch (UnsupportedFeatureException e) {
      // It has no structure that could be checked.
    } catch (DiskFormatException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  /** The checksums that the store has, with which others are compared. */
  private static final class SumsOfStore implements AutoCloseable {
    private final @Nullable SeekableByteChannel channel;
    private final List<ImageReport.Range> ranges = new ArrayList<>();
    private BlockSums.@Nullable Reader reader;

    SumsOfStore(BlobStore blobs, String blob) throws IOException {
      SeekableByteChannel opened = null;
      try {
        opened = blobs.open(BlockSums.name(blob));
      } catch (NoSuchFileException e) {
        // There are none.
      }
      channel = opened;
      reader = opened == null ? null : new BlockSums.Reader(opened);
    }

    void compare(long block, int sum) throws IOException {
      BlockSums.Reader present = reader;
      if (present == null) {
        return;
      }
      try {
        if (present.next() != sum) {
          add(block * BlockSums.BLOCK);
        }
      } catch (EOFException e) {
        reader = null;
      }
    }

    private void add(long start) {
      long end = start + BlockSums.BLOCK;
      if (!ranges.isEmpty() && ranges.getLast().end() == start) {
        ranges.set(ranges.size() - 1, new ImageReport.Range(ranges.getLast().start(), end));
      } else if (ranges.size() < MOST_RANGES) {
        ranges.add(new ImageReport.Range(start, end));
      }
    }

    /** Returns what differs, or nothing if the checksums cannot be relied upon. */
    Optional<List<ImageReport.Range>> end(long size) throws IOException {
      BlockSums.Reader present = reader;
      try {
        if (present == null || !present.isWhole()) {
          return Optional.empty();
        }
      } catch (EOFException e) {
        return Optional.empty();
      }
      if (!ranges.isEmpty() && ranges.getLast().end() > size) {
        ranges.set(ranges.size() - 1, new ImageReport.Range(ranges.getLast().start(), size));
      }
      return Optional.of(ranges);
    }

    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
    }
  }
}
