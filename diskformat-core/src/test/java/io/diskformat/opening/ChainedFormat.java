package io.diskformat.opening;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.Location;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.Probe;
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
import java.util.function.Consumer;

/**
 * The smallest format that refers to other files, for the tests of the core alone: some lines of
 * text which are a mark, the name of the image below, and its format if that is recorded. A line
 * that begins with {@code data:} names a file of bytes, one with {@code extent:} or {@code
 * extent-rw:} a part of the disk. The disk is that below.
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
  public boolean recognizes(Probe probe) throws IOException {
    return probe.hasAt(0, MARK + "\n");
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    List<String> lines = lines(storage);
    List<Storage> data = new ArrayList<>();
    try {
      for (String line : lines) {
        if (line.startsWith("data:")) {
          data.add(request.openData(line.substring(5)));
        } else if (line.startsWith("extent:")) {
          data.add(request.openExtent(line.substring(7), false));
        } else if (line.startsWith("extent-rw:")) {
          data.add(request.openExtent(line.substring(10), true));
        }
      }
      Optional<DiskImage> below = Optional.empty();
      Optional<String> format = lines.size() > 2 ? Optional.of(lines.get(2)) : Optional.empty();
      boolean describes = request.options().isMetadataOnly();
      if (lines.size() > 1 && !lines.get(1).matches("(data|extent.*):.*") && !describes) {
        below = Optional.of(request.openBacking(lines.get(1), format));
      }
      return new Image(storage, data, below);
    } catch (IOException | RuntimeException e) {
      for (Storage open : data) {
        open.close();
      }
      throw e;
    }
  }

  private static List<String> lines(Storage storage) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(storage.size())];
    storage.read(0, MemorySegment.ofArray(bytes));
    List<String> lines = List.of(new String(bytes, StandardCharsets.UTF_8).split("\n", -1));
    if (!lines.getFirst().equals(MARK)) {
      throw new DiskFormatException(storage.name() + ": no mark");
    }
    return lines;
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return new Maintenance(request, lines(request.storage()));
  }

  /** What there is to do for an image. */
  private static final class Maintenance implements ImageMaintenance {
    private final OpenRequest request;
    private final List<String> lines;

    Maintenance(OpenRequest request, List<String> lines) {
      this.request = request;
      this.lines = lines;
    }

    private Optional<String> formatBelow() {
      return lines.size() > 2 ? Optional.of(lines.get(2)) : Optional.empty();
    }

    @Override
    public ImageInfo info() throws IOException {
      return describe(request.storage(), 0);
    }

    /** Counts the sectors below, so that a test sees that it could look. */
    @Override
    public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
        throws IOException {
      CheckReport.Builder report = new CheckReport.Builder();
      try (DiskImage image = request.openBacking(lines.get(1), formatBelow())) {
        report.totalClusters(image.size() / 512);
      }
      return report.build();
    }

    /** Zeroes what is below, so that a test sees that it could. */
    @Override
    public List<MissingData> commit(ProgressListener listener) throws IOException {
      try (DiskImage image = request.openBackingForWriting(lines.get(1), formatBelow())) {
        image.writeZeroes(0, image.size());
      }
      return List.of();
    }

    @Override
    public void close() throws IOException {
      request.storage().close();
    }
  }

  private static ImageInfo describe(Storage storage, long size) throws IOException {
    return new ImageInfo(
        "chained",
        storage.name(),
        size,
        storage.allocatedSize(),
        OptionalLong.empty(),
        false,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of(),
        Map.of());
  }

  @Override
  public List<FormatOption> options() {
    return List.of(FormatOption.text("backing_file", "The image below"));
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    Storage storage = request.storage();
    String text =
        MARK + request.options().option("backing_file").map(name -> "\n" + name).orElse("");
    storage.write(0, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** An image: nothing but holes. */
  private static final class Image extends LayeredDevice implements DiskImage {
    private final Storage storage;
    private final List<Storage> data;
    private final Optional<DiskImage> below;

    Image(Storage storage, List<Storage> data, Optional<DiskImage> below) {
      super(
          storage.name(),
          below.map(BlockDevice::size).orElse(0L),
          new Holes(),
          storage,
          below.orElse(null));
      this.storage = storage;
      this.data = data;
      this.below = below;
    }

    @Override
    public Optional<DiskImage> backing() {
      return below;
    }

    @Override
    public ImageInfo info() throws IOException {
      checkOpen();
      return describe(storage, size());
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
    public void decompress(long location, byte[] target) {
      throw new AssertionError("there is nothing compressed");
    }
  }
}
