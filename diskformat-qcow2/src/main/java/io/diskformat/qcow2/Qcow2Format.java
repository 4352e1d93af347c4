package io.diskformat.qcow2;

import io.diskformat.spi.OutputRequest;
import io.diskformat.ImageOutput;
import io.diskformat.spi.InputRequest;
import io.diskformat.ImageInput;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageMaintenance;
import io.diskformat.Measurement;
import io.diskformat.luks.LuksKeys;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The qcow2 format, as the document "qcow2 image format" of QEMU specifies it. */
public final class Qcow2Format implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public Qcow2Format() {}

  @Override
  public String name() {
    return "qcow2";
  }

  /** Version 1 is a format of its own, called qcow. */
  @Override
  public boolean recognizes(Probe probe) throws IOException {
    return probe.hasAt(0, "QFI\u00fb") && !probe.hasAt(4, "\0\0\0\1");
  }

  @Override
  public void inspect(PassingImage image) {
    Qcow2Inspection.begin(image);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return Qcow2Image.open(request);
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return Qcow2Maintenance.open(request);
  }

  @Override
  public List<FormatOption> options() {
    return Qcow2Options.DECLARED;
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    Qcow2Options checked = Qcow2Options.of(request.name(), request.options());
    byte[] passphrase =
        checked.encryption().isPresent()
            ? LuksKeys.passphrase(request.name(), request.options().secret())
            : new byte[0];
    try {
      create(request, checked, passphrase);
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
  }

  private static void create(CreateRequest request, Qcow2Options checked, byte[] passphrase)
      throws IOException {
    Optional<String> dataFile = checked.dataFile();
    @Nullable Storage made = dataFile.isPresent() ? request.newDataFile(dataFile.get()) : null;
    Storage storage = request.storage();
    Storage data = made == null ? storage : made;
    new Qcow2Creator(storage, data, checked, passphrase).create(request.options().size());
  }

  @Override
  public Measurement measure(MeasureRequest request) throws IOException {
    return Qcow2Measure.run(request);
  }

  @Override
  public ImageInput input(InputRequest request) throws IOException {
    return Qcow2Input.begin(request);
  }

  @Override
  public ImageOutput output(OutputRequest request) throws IOException {
    return Qcow2Output.begin(request);
  }
}
