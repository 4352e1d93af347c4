package io.diskformat.vdi;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ProgressListener;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.spi.ImageFiles;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An open VDI image. */
final class VdiImage extends LayeredDevice implements DiskImage {
  private final ImageFiles files;
  private final VdiHeader header;
  private final @Nullable VdiWriter writer;

  VdiImage(ImageFiles files, VdiHeader header, GuestMap map, @Nullable VdiWriter writer) {
    super(files.image().name(), header.size(), map, files.image(), files.below(), writer);
    this.files = files;
    this.header = header;
    this.writer = writer;
  }

  /** Returns the header as it was when the image was opened. */
  VdiHeader header() {
    return header;
  }

  /** Does what comes before the first change, with a given modification UUID. */
  void beginChange(UUID modification) throws IOException {
    requireWriter(writer).beginChange(modification);
  }

  @Override
  public Optional<DiskImage> backing() {
    return files.imageBelow();
  }

  @Override
  public void resize(long newSize) throws IOException {
    resize(newSize, ProgressListener.NONE);
  }

  @Override
  public void resize(long newSize, ProgressListener listener) throws IOException {
    if (newSize < 0 || newSize % 512 != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    VdiWriter writer = requireWriter(this.writer);
    // Each block moves once at most to make the file dense, and once to make room for the map.
    long[] most = {1};
    change(() -> {
      most[0] = 2 * writer.storedBytes() + 1;
      long[] moved = new long[1];
      return writer.resize(
          newSize,
          files.below(),
          bytes -> {
            moved[0] = Math.min(moved[0] + bytes, most[0] - 1);
            listener.progress(moved[0], most[0]);
          });
    });
    // Once the disk has its new size, as a listener may throw.
    listener.progress(most[0], most[0]);
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    // A first write changes the header.
    VdiHeader now = writer == null ? header : VdiHeader.read(files.image());
    return VdiDescription.of(files.image(), now, size());
  }

  @Override
  protected void release() throws IOException {
    files.close();
  }
}
