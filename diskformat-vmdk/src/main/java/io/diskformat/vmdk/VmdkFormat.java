package io.diskformat.vmdk;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageInput;
import io.diskformat.ImageMaintenance;
import io.diskformat.ImageOutput;
import io.diskformat.Measurement;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.InputRequest;
import io.diskformat.spi.MeasureRequest;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.OutputRequest;
import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Probe;
import java.io.IOException;
import java.util.List;

/** The VMDK format. "Virtual Disk Format 5.0", a technical note of VMware, specifies most of it. */
public final class VmdkFormat implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public VmdkFormat() {}

  @Override
  public String name() {
    return "vmdk";
  }

  @Override
  public boolean recognizes(Probe probe) throws IOException {
    return FileShape.of(probe) != FileShape.OTHER;
  }

  @Override
  public void inspect(PassingImage image) {
    VmdkInspection.begin(image);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return VmdkOpening.open(request);
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return VmdkMaintenance.open(request);
  }

  /** {@inheritDoc} A parent is known by its CID. */
  @Override
  public boolean knowsContentBelow() {
    return true;
  }

  @Override
  public List<FormatOption> options() {
    return VmdkOptions.DECLARED;
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    VmdkCreator.create(request);
  }

  @Override
  public Measurement measure(MeasureRequest request) throws IOException {
    return VmdkMeasure.run(request);
  }

  @Override
  public boolean isWrittenInOnePass(CreateOptions options) {
    return VmdkOptions.subformat(options).isStream();
  }

  @Override
  public ImageOutput output(OutputRequest request) throws IOException {
    return VmdkOutput.begin(request);
  }

  @Override
  public ImageInput input(InputRequest request) throws IOException {
    return VmdkInput.begin(request);
  }
}
