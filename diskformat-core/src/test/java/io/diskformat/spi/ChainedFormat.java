package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The smallest format that refers to other files, for the tests of the core alone: some lines of
 * text which are a mark, the name of the image below, and its format if that is recorded. A line
 * that begins with {@code data:} names a file of bytes. The disk is that below.
 */
public final class ChainedFormat implements DiskFormat {
  private static final String MARK = "CHAINED";

  /** For {@link java.util.ServiceLoader}. */
  public ChainedFormat() {}

  /** Writes an image of this format. */
  static Path write(Path path, String... lines) throws IOException {
    return Files.writeString(path, MARK + "\n" + String.join("\n", lines));
  }

  @Override
  public String name() {
    return "chained";
  }

  @Override
  public boolean recognizes(byte[] head) {
    return new String(head, StandardCharsets.ISO_8859_1).startsWith(MARK + "\n");
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    byte[] bytes = new byte[Math.toIntExact(storage.size())];
    storage.read(0, MemorySegment.ofArray(bytes));
    List<String> lines = List.of(new String(bytes, StandardCharsets.UTF_8).split("\n", -1));
    if (!lines.getFirst().equals(MARK)) {
      throw new DiskFormatException(storage.name() + ": no mark");
    }
    List<Storage> data = new ArrayList<>();
    try {
      for (String line : lines) {
        if (line.startsWith("data:")) {
          data.add(request.openData(line.substring(5)));
        }
      }
      Optional<DiskImage> below = Optional.empty();
      Optional<String> format = lines.size() > 2 ? Optional.of(lines.get(2)) : Optional.empty();
      if (lines.size() > 1 && !lines.get(1).startsWith("data:") && readsBelow(request)) {
        below = Optional.of(request.openBacking(lines.get(1), format));
      }
      return new Image(
          storage,
          data,
          below,
          () -> request.openBacking(lines.get(1), format),
          () -> request.openBackingForWriting(lines.get(1), format));
    } catch (IOException | RuntimeException e) {
      for (Storage open : data) {
        open.close();
      }
      throw e;
    }
  }

  private static boolean readsBelow(OpenRequest request) {
    OpenOptions options = request.options();
    return !options.isMetadataOnly() && !options.isMaintenance() && !options.isChecking();
  }

  /** How the image below is opened. */
  private interface Opener {
    DiskImage open() throws IOException;
  }

  @Override
  public void create(Storage storage, CreateOptions options) throws IOException {
    String text = MARK + options.option("backing_file").map(name -> "\n" + name).orElse("");
    storage.write(0, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** An image: nothing but holes. */
  private static final class Image extends LayeredDevice implements DiskImage {
    private final Storage storage;
    private final List<Storage> data;
    private final Optional<DiskImage> below;
    private final Opener belowForReading;
    private final Opener belowForWriting;

    Image(
        Storage storage,
        List<Storage> data,
        Optional<DiskImage> below,
        Opener belowForReading,
        Opener belowForWriting) {
      super(
          storage.name(),
          below.map(BlockDevice::size).orElse(0L),
          new Holes(),
          storage,
          below.orElse(null));
      this.storage = storage;
      this.data = data;
      this.below = below;
      this.belowForReading = belowForReading;
      this.belowForWriting = belowForWriting;
    }

    /** Tells how many sectors are below, so that a test sees that it could look. */
    @Override
    public CheckReport check() throws IOException {
      CheckReport.Builder report = new CheckReport.Builder();
      try (DiskImage image = belowForReading.open()) {
        report.totalClusters(image.size() / 512);
      }
      return report.build();
    }

    /** Zeroes what is below, so that a test sees that it could. */
    @Override
    public void commit(ProgressListener listener) throws IOException {
      try (DiskImage image = belowForWriting.open()) {
        image.writeZeroes(0, image.size());
      }
    }

    @Override
    public Optional<DiskImage> backing() {
      return below;
    }

    @Override
    public ImageInfo info() throws IOException {
      checkOpen();
      return new ImageInfo(
          "chained",
          storage.name(),
          size(),
          storage.allocatedSize(),
          OptionalLong.empty(),
          false,
          Optional.empty(),
          List.of(),
          Map.of());
    }

    @Override
    public void resize(long newSize) throws IOException {
      throw unsupported("resize");
    }

    @Override
    protected void release() throws IOException {
      storage.close();
      for (Storage file : data) {
        file.close();
      }
      if (below.isPresent()) {
        below.get().close();
      }
    }
  }

  private static final class Holes extends GuestMap {
    Holes() {
      super(1 << 16, 1 << 16);
    }

    @Override
    public long locate(long offset) {
      return Location.of(Location.HOLE);
    }

    @Override
    public void decompress(long offset, byte[] target) {
      throw new AssertionError("there is nothing compressed");
    }
  }
}
