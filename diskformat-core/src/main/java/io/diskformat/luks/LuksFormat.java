package io.diskformat.luks;

import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageMaintenance;
import io.diskformat.Measurement;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.MeasureRequest;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A file that is a LUKS header and an encrypted disk after it. Of version 2, only the description
 * is read.
 */
public final class LuksFormat implements DiskFormat {
  private static final LuksOptions OPTIONS = new LuksOptions("");

  /** For {@link java.util.ServiceLoader}. */
  public LuksFormat() {}

  @Override
  public String name() {
    return "luks";
  }

  @Override
  public boolean recognizes(Probe probe) throws IOException {
    return probe.hasAt(0, "LUKS\u00ba\u00be");
  }

  @Override
  public void inspect(PassingImage image) {
    LuksInspection.begin(image);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return LuksImage.open(request);
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return LuksMaintenance.open(request);
  }

  @Override
  public List<FormatOption> options() {
    return OPTIONS.declared();
  }

  /** The disk is not written: as with other tools, what it holds at first is arbitrary. */
  @Override
  public boolean newImagesReadZeroes() {
    return false;
  }

  /** All of the disk has its place, after the header and the key slots. */
  @Override
  public Measurement measure(MeasureRequest request) {
    long size = OPTIONS.in(request.name(), request.options()).length() + request.size();
    return Measurement.of(size, size);
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    LuksParameters parameters = OPTIONS.in(request.name(), request.options());
    byte[] passphrase = LuksKeys.passphrase(request.name(), request.options().secret());
    try {
      Storage storage = request.storage();
      storage.resize(parameters.length() + request.options().size());
      byte[] key = new NewLuksHeader(parameters).write(storage, 0, passphrase);
      Arrays.fill(key, (byte) 0);
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
  }
}
