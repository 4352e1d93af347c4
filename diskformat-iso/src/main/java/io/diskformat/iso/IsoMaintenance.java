package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.function.Consumer;

/** A disc that is checked; nothing of it can be changed. */
record IsoMaintenance(DiskImage image) implements ImageMaintenance {
  @Override
  public ImageInfo info() throws IOException {
    return image.info();
  }

  @Override
  public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    CheckReport report = IsoCheck.of(new DeviceBytes(image));
    report.problems().forEach(problems);
    return report;
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
