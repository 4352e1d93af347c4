package io.diskformat.vdi;

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
import java.nio.ByteBuffer;
import java.util.List;

/** The VDI format, which only VirtualBox's own sources specify. */
public final class VdiFormat implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public VdiFormat() {}

  @Override
  public String name() {
    return "vdi";
  }

  @Override
  public boolean recognizes(Probe probe) throws IOException {
    return VdiHeader.isMarked(ByteBuffer.wrap(probe.bytes(0, HeaderLayout.PREHEADER_END)));
  }

  @Override
  public void inspect(PassingImage image) {
    VdiInspection.begin(image);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return VdiOpening.open(request);
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return VdiMaintenance.open(request);
  }

  /** {@inheritDoc} A parent is known by its modification UUID. */
  @Override
  public boolean knowsContentBelow() {
    return true;
  }

  @Override
  public List<FormatOption> options() {
    return VdiOptions.DECLARED;
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    VdiOptions options = VdiOptions.of(request);
    new VdiCreator(request.storage(), options).create();
  }

  @Override
  public Measurement measure(MeasureRequest request) throws IOException {
    return VdiOptions.measure(request);
  }

  @Override
  public ImageInput input(InputRequest request) throws IOException {
    return VdiInput.begin(request);
  }

  @Override
  public ImageOutput output(OutputRequest request) throws IOException {
    return VdiOutput.begin(request);
  }
}
