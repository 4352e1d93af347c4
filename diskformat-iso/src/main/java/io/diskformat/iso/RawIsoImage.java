package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageInfo;
import io.diskformat.Place;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disc whose image stores whole sectors. The disk is their content alone.
 *
 * @param files of the image, which this owns
 * @param sectors their content
 * @param description of it
 */
record RawIsoImage(Closeable files, BlockDevice sectors, IsoDescription description)
    implements DiskImage {

  @Override
  public ImageInfo info() throws IOException {
    sectors.flush();
    return description.info();
  }

  @Override
  public long size() {
    return sectors.size();
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    sectors.read(offset, target);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    sectors.willRead(offset, length);
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    return sectors.extents(offset, length);
  }

  @Override
  public Place placeOf(long offset) throws IOException {
    return sectors.placeOf(offset);
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    sectors.write(offset, source);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    sectors.writeZeroes(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    sectors.discard(offset, length);
  }

  @Override
  public void resize(long newSize) throws IOException {
    sectors.discard(0, 0);
  }

  @Override
  public void flush() throws IOException {
    sectors.flush();
  }

  @Override
  public void close() throws IOException {
    sectors.close();
    files.close();
  }

  /** Returns the name used in error messages. */
  @Override
  public String toString() {
    return description.storage().name();
  }
}
