package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ExtentCursor;
import io.diskformat.FormatOption;
import io.diskformat.ImageInfo;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.Probe;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A COWD extent as an image of its own, so that the proofs of formats, which look at one file,
 * prove its writer.
 */
public final class CowdAlone implements DiskFormat {
  @Override
  public String name() {
    return "cowd";
  }

  @Override
  public boolean recognizes(Probe probe) {
    return false;
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    BlockDevice below = request.options().backing().orElse(null);
    return new Image(
        CowdExtent.open(request.storage(), below, request.options().isWritable()), request);
  }

  @Override
  public List<FormatOption> options() {
    return List.of();
  }

  @Override
  public void create(CreateRequest request) {
    throw new UnsupportedOperationException();
  }

  private record Image(BlockDevice disk, OpenRequest request) implements DiskImage {
    @Override
    public ImageInfo info() throws IOException {
      var _ = disk.extents();
      return new ImageInfo(
          "cowd",
          disk.toString(),
          disk.size(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          false,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          List.of(),
          Map.of());
    }

    @Override
    public void resize(long newSize) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public boolean isWritable() {
      return disk.isWritable();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      disk.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      disk.write(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length) throws IOException {
      disk.writeZeroes(offset, length);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      disk.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
      disk.flush();
    }

    @Override
    public ExtentCursor extents(long offset, long length) throws IOException {
      return disk.extents(offset, length);
    }

    @Override
    public void close() throws IOException {
      disk.close();
    }

    @Override
    public String toString() {
      return disk.toString();
    }
  }
}
