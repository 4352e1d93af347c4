package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;

/** A disc that is checked; nothing of it can be changed. */
record IsoMaintenance(DiskImage image) implements ImageMaintenance {
  @Override
  public ImageInfo info() throws IOException {
    return image.info();
  }

  @Override
  public CheckReport check() throws IOException {
    return IsoCheck.of(new DeviceBytes(image));
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
